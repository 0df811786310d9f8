//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A tool that prints a million lines, each as long as a line of tcpdump, as fast as it can, and then says that it is done.
const (
	manyLines = 1_000_000
	lineText  = "12:04:20.118243_IP_10.244.1.17.41822_to_10.96.0.10.53:_A?_payments.shop.svc.cluster.local."
	allThere  = "all-are-there"
)

var manyLinesTool = fmt.Sprintf(`sh -c "yes %s | head -n %d; echo %s; sleep 600"`, lineText, manyLines, allThere)

// lines measures a flood of lines: how fast podtracer takes them in, what its process uses, and how soon it answers a key
// meanwhile, against less +F over the same lines.
func (b *bench) lines(ctx context.Context) error {
	defer os.RemoveAll(b.data())
	var rates, peerRates []float64
	var peak, peerPeak []int64
	var keys []time.Duration
	for range b.long() {
		took, rss, answered, err := b.consoleLines(ctx)
		if err != nil {
			return err
		}
		theirs, theirRSS, err := b.lessLines(ctx)
		if err != nil {
			return err
		}
		rates, peak, keys = append(rates, manyLines/took.Seconds()), append(peak, rss), append(keys, answered...)
		peerRates, peerPeak = append(peerRates, manyLines/theirs.Seconds()), append(peerPeak, theirRSS)
	}
	fmt.Printf("a tool that prints 1,000,000 lines of %d bytes, from Enter to the last one on the screen (%d pairs)\n", len(lineText)+1, b.long())
	fmt.Printf("  %-46s %8.0f lines/s, peak RSS %s\n", "podtracer, console on a terminal", median(rates), mib(median(peak)))
	fmt.Printf("  %-46s %8.0f lines/s, peak RSS %s\n", "less +F FILE", median(peerRates), mib(median(peerPeak)))
	printTimes("a key during the flood", keys)
	fmt.Printf("  aim: at least 200,000 lines/s, at most 100 MiB, a key within 50 ms\n")
	return b.k9sLines(ctx)
}

// k9sLines has k9s follow the log of a pod with the same lines, once.
func (b *bench) k9sLines(ctx context.Context) error {
	path, err := exec.LookPath("k9s")
	if err != nil {
		fmt.Print("  k9s is not on PATH: not measured\n\n")
		return nil
	}
	c, err := b.openOn(ctx, path, "--namespace", b.namespace, "--command", "pods", "--readonly", "--splashless", "--headless")
	if err != nil {
		return err
	}
	defer func() {
		_ = c.Signal(os.Kill)
		c.close()
	}()
	if err := c.Next(patient, b.pod); err != nil {
		return err
	}
	if err := c.press("/"+b.pod+"\r", b.pod); err != nil {
		return err
	}
	time.Sleep(settleTime)
	if err := c.press("l", "Autoscroll"); err != nil {
		return err
	}
	time.Sleep(settleTime)
	begin := time.Now()
	flood := fmt.Sprintf("(yes %s | head -n %d; echo %s) >/proc/1/fd/1", lineText, manyLines, allThere)
	if out, err := exec.CommandContext(ctx, "kubectl", "exec", "-n", b.namespace, b.pod, "--", "sh", "-c", flood).CombinedOutput(); err != nil {
		return fmt.Errorf("write the log of %s: %w: %s", b.pod, err, out)
	}
	written := time.Since(begin)
	shown := "never, in " + patient.String()
	if c.Next(patient, allThere) == nil {
		shown = "after " + ms(time.Since(begin))
	}
	m, err := memoryOf(c.Pid(), "VmHWM")
	if err != nil {
		return err
	}
	fmt.Printf("  k9s, log of a pod: written in %s, the last one on the screen %s, peak RSS %s; it keeps 5,000 lines\n\n", ms(written), shown, mib(m["VmHWM"]))
	return nil
}

// consoleLines shows the lines in the console, and presses keys meanwhile.
func (b *bench) consoleLines(ctx context.Context) (took time.Duration, rss int64, keys []time.Duration, err error) {
	c, err := b.openDemo(ctx, "G", manyLinesTool)
	if err != nil {
		return 0, 0, nil, err
	}
	defer c.close()
	begin := time.Now()
	if err := c.press("\r", "following"); err != nil {
		return 0, 0, nil, err
	}
	for _, step := range []struct{ key, shows string }{{"?", "any key closes the help"}, {"?", lineText[:20]}} {
		pressed := time.Now()
		if err := c.press(step.key, step.shows); err != nil {
			return 0, 0, nil, err
		}
		keys = append(keys, time.Since(pressed))
	}
	err = c.until(allThere)
	took = time.Since(begin)
	if err != nil {
		return 0, 0, nil, err
	}
	m, err := memoryOf(c.Pid(), "VmHWM")
	return took, m["VmHWM"], keys, err
}

// lessLines has less follow a file into which the same tool writes.
func (b *bench) lessLines(ctx context.Context) (took time.Duration, rss int64, err error) {
	file := filepath.Join(b.dir, "lines.txt")
	defer os.Remove(file)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return 0, 0, err
	}
	less, err := onTerminal(exec.CommandContext(ctx, "less", "+F", file), 80, 24)
	if err != nil {
		return 0, 0, err
	}
	defer less.Close()
	if err := less.until("Waiting for data"); err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	tool := fmt.Sprintf("(yes %s | head -n %d; echo %s) >%s", lineText, manyLines, allThere, file)
	if err := exec.CommandContext(ctx, "sh", "-c", tool).Run(); err != nil {
		return 0, 0, err
	}
	if err := less.Next(patient, allThere); err != nil {
		return 0, 0, err
	}
	took = time.Since(begin)
	m, err := memoryOf(less.Pid(), "VmHWM")
	return took, m["VmHWM"], err
}
