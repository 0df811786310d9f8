//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/test/terminal"
)

const bound = 20 * time.Second

// console is a program on a terminal of its own, usually podtracer's console.
type console struct{ *terminal.Terminal }

// onTerminal starts a program on a terminal of this size.
func onTerminal(cmd *exec.Cmd, columns, rows int) (*console, error) {
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	t, err := terminal.Start(cmd, columns, rows)
	return &console{t}, err
}

// openConsole opens the console with the form for the pod.
func (b *bench) openConsole(ctx context.Context) (*console, error) {
	c, err := onTerminal(exec.CommandContext(ctx, b.podtracer, "-n", b.namespace), 80, 24)
	if err != nil {
		return nil, err
	}
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

// until waits until a text is written after the last one that was waited for.
func (c *console) until(text string) error { return c.Next(bound, text) }

// press presses keys one after the other, and waits for the text that each must bring to the screen.
func (c *console) press(steps ...string) error {
	for i := 0; i < len(steps); i += 2 {
		if err := c.Press(steps[i]); err != nil {
			return err
		}
		if err := c.until(steps[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// start starts what is in the form.
func (c *console) start() error { return c.Press("\r") }

// close ends the console with its tools. Closing the terminal would not work: while a read is blocked, and a console at rest
// writes nothing, the terminal stays open.
func (c *console) close() {
	_ = c.Signal(syscall.SIGHUP) // fails only if the console has ended
	c.HangUp()
	_, _ = c.Wait(bound)
	c.Close()
}
