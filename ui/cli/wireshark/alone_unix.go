//go:build unix

package wireshark

import (
	"os/exec"
	"syscall"
)

// leaveAlone keeps ctrl+c, which ends the capture, from ending Wireshark.
func leaveAlone(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
