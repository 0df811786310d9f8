package main

import (
	"context"
	"os"
	"os/exec"
	"sync/atomic"

	"github.com/creack/pty"
)

// counted counts the bytes that a program writes to its terminal.
type counted struct {
	*os.File
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

// demoConsole is the console over the demo, which needs no cluster.
type demoConsole struct {
	*console
	written *atomic.Int64 // bytes to the terminal
}

// openDemo opens the console with a command in the form for a pod, ready to be started. A key chooses the tool.
func (b *bench) openDemo(ctx context.Context, tool, command string) (*demoConsole, error) {
	cmd := exec.CommandContext(ctx, b.podtracer, "demo", "--data-dir", b.data())
	cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1")
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return nil, err
	}
	written := &atomic.Int64{}
	c := &demoConsole{&console{watch(counted{screen, written}), cmd, screen}, written}
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
