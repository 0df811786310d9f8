//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"

	"github.com/creack/pty"
)

// console is podtracer's console on a terminal of its own.
type console struct {
	*watcher
	cmd    *exec.Cmd
	screen *os.File
}

// openConsole opens the console, with the form for the pod on it.
func (b *bench) openConsole(ctx context.Context) (*console, error) {
	cmd := exec.CommandContext(ctx, b.podtracer, "-n", b.namespace)
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return nil, err
	}
	c := &console{watch(screen), cmd, screen}
	if err := c.until("● live"); err != nil {
		c.close()
		return nil, err
	}
	if err := c.press("/"+b.namespace+"/"+b.pod+" here\r", "1 of", "\r", "will run"); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// press takes keys and what they have to bring to the screen, in turn.
func (c *console) press(steps ...string) error {
	for i := 0; i < len(steps); i += 2 {
		if _, err := c.screen.WriteString(steps[i]); err != nil {
			return err
		}
		if err := c.until(steps[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// start starts what is in the form.
func (c *console) start() error {
	_, err := c.screen.WriteString("\r")
	return err
}

// close ends the console, and the tools with it. To take the terminal away would not do: while it is read, and a console at rest
// writes nothing, it stays open.
func (c *console) close() {
	_ = c.cmd.Process.Signal(syscall.SIGHUP)
	c.screen.Close()
	_ = c.cmd.Wait()
}
