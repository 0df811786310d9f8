package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// atRest measures a console of which nothing changes: a run that says nothing, and a capture to which nothing comes.
func (b *bench) atRest(ctx context.Context) error {
	defer os.RemoveAll(b.data())
	const settle, length = 5 * time.Second, 30 * time.Second
	fmt.Printf("a console at rest, %s\n", length)
	for _, quiet := range []struct{ tool, command string }{{"G", "sleep 600"}, {"g", " port 9"}} {
		c, err := b.openDemo(ctx, quiet.tool, quiet.command)
		if err != nil {
			return err
		}
		used, written, err := c.atRest(settle, length)
		c.close()
		if err != nil {
			return err
		}
		fmt.Printf("  %-46s CPU %.2f %%, %d bytes to the terminal\n", "with "+quiet.command, 100*used.Seconds()/length.Seconds(), written)
	}
	fmt.Printf("  aim: at most 0.3 %% of a core, no bytes\n\n")
	return nil
}

// atRest starts what is in the form, and looks at the console a while later.
func (c *demoConsole) atRest(settle, length time.Duration) (used time.Duration, written int64, err error) {
	if err := c.start(); err != nil {
		return 0, 0, err
	}
	time.Sleep(settle)
	pid := c.cmd.Process.Pid
	before, at := time.Duration(0), c.written.Load()
	if before, err = cpuTime(pid); err != nil {
		return 0, 0, err
	}
	time.Sleep(length)
	after, err := cpuTime(pid)
	return after - before, c.written.Load() - at, err
}
