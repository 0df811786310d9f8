//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// atRest measures a console in which nothing changes: a run that prints nothing, and a capture without packets.
func (b *bench) atRest(ctx context.Context) error {
	defer os.RemoveAll(b.data())
	const settle, length = 5 * time.Second, 30 * time.Second
	fmt.Printf("a console at rest, %s (%d times each, medians)\n", length, b.long())
	for _, quiet := range []struct{ tool, command string }{{"G", "sleep 600"}, {"g", " port 9"}} {
		var shares []float64
		var written []int64
		for range b.long() {
			used, bytes, err := b.restWith(ctx, quiet.tool, quiet.command, settle, length)
			if err != nil {
				return err
			}
			shares, written = append(shares, 100*used.Seconds()/length.Seconds()), append(written, bytes)
		}
		fmt.Printf("  %-46s CPU %.2f %% (%.2f to %.2f), %d bytes to the terminal\n", "with "+quiet.command,
			median(shares), slices.Min(shares), slices.Max(shares), median(written))
	}
	fmt.Printf("  aim: at most 0.3 %% of a core, no bytes\n\n")
	return nil
}

// restWith starts a command in the pod, and measures the console a while later.
func (b *bench) restWith(ctx context.Context, tool, command string, settle, length time.Duration) (used time.Duration, written int64, err error) {
	c, err := b.openConsole(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer c.close()
	if err := c.press(tool, "", "\t", "", command, command[len(command)-5:]); err != nil {
		return 0, 0, err
	}
	if err := c.start(); err != nil {
		return 0, 0, err
	}
	time.Sleep(settle)
	pid := c.Pid()
	before, at := time.Duration(0), int64(c.Len())
	if before, err = cpuTime(pid); err != nil {
		return 0, 0, err
	}
	time.Sleep(length)
	after, err := cpuTime(pid)
	return after - before, int64(c.Len()) - at, err
}
