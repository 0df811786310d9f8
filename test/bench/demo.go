//go:build unix

package main

import (
	"context"
	"os/exec"
)

// openDemo opens the console over the demo, which needs no cluster, and puts a command into the form, ready to start. tool is
// the key that chooses the tool.
func (b *bench) openDemo(ctx context.Context, tool, command string) (*console, error) {
	c, err := onTerminal(exec.CommandContext(ctx, b.podtracer, "demo", "--data-dir", b.data()), 80, 24)
	if err != nil {
		return nil, err
	}
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
