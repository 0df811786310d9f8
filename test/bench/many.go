//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	manyPods   = 50
	manyLength = 10 * time.Second
)

// many measures a capture in 50 pods on two nodes at once: when the last has started, and podtracer's memory.
func (b *bench) many(ctx context.Context) error {
	return b.fromLaptop(ctx, func(ctx context.Context, l *laptop) error {
		names := map[string]string{}
		for i := range manyPods {
			names[fmt.Sprintf("many-%d", i)] = fmt.Sprintf("node%d", 1+i%2)
		}
		ping := []string{"sh", "-c", "while true; do ping -c 1 127.0.0.1 >/dev/null; sleep 0.5; done"}
		if err := l.pods(ctx, "localhost/workload:test", ping, names); err != nil {
			return err
		}
		var last []time.Duration
		var memory []int64
		for range l.long() {
			started, peak, err := l.captureMany(ctx)
			if err != nil {
				return err
			}
			last, memory = append(last, started), append(memory, peak)
		}
		fmt.Printf("a capture in %d pods on two nodes at once, helpers included (%d rounds)\n", manyPods, l.long())
		printTimes("until the last has started", last)
		fmt.Printf("  peak of the resident memory %s; aim: 3000 ms, 150 MiB\n\n", mib(median(memory)))
		return nil
	})
}

// captureMany runs one capture in all pods.
func (l *laptop) captureMany(ctx context.Context) (last time.Duration, peak int64, err error) {
	file, reported := filepath.Join(l.dir, "many.pcapng"), filepath.Join(l.dir, "many.json")
	defer os.Remove(file)
	defer os.Remove(reported)
	args := append([]string{"run"}, l.helperFlags()...)
	cmd := l.podtracerWith(ctx, "", append(args, "-l", "app=many", "-t", manyLength.String(), "-f", file, "--report", reported, "--", "tcpdump", "-n", "-i", "lo")...)
	began := time.Now()
	if err := said(nil, cmd); err != nil {
		return 0, 0, err
	}
	text, err := os.ReadFile(reported)
	if err != nil {
		return 0, 0, err
	}
	var r struct {
		Runs    []struct{ Started time.Time }
		Verdict struct{ Complete bool }
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return 0, 0, err
	}
	if len(r.Runs) != manyPods || !r.Verdict.Complete {
		return 0, 0, fmt.Errorf("%d runs, complete: %v", len(r.Runs), r.Verdict.Complete)
	}
	for _, run := range r.Runs {
		last = max(last, run.Started.Sub(began))
	}
	return last, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, nil
}
