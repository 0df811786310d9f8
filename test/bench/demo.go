//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"

	"github.com/creack/pty"
)

// openDemo opens the console over the demo, which needs no cluster, with a command in the form for a pod, ready to be started. A
// key chooses the tool.
func (b *bench) openDemo(ctx context.Context, tool, command string) (*console, error) {
	cmd := exec.CommandContext(ctx, b.podtracer, "demo", "--data-dir", b.data())
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return nil, err
	}
	c := &console{watch(screen), cmd, screen}
	err = c.until("● live")
	if err == nil {
		err = c.press("/client-0\r", "1 of", "\r", "will run", tool, "", "\t", "", command, command[len(command)-5:])
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}
