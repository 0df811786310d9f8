//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
)

const (
	podPairs   = 5
	restTime   = 30 * time.Second
	settleTime = 5 * time.Second
	youngTime  = 2 * time.Minute  // from then on, ages of pods are not shown in seconds, which would keep the console busy
	crowdTime  = 10 * time.Minute // to remove the crowd
	patient    = 3 * time.Minute  // for k9s, and for the console with 50,000 pods
)

// pods measures the console over a cluster with many pods, against a bare list of the pods and, if it is installed, k9s.
func (b *bench) pods(ctx context.Context) (err error) {
	client, err := api()
	if err != nil {
		return err
	}
	defer func() { // after an interrupt, too
		removal, cancel := context.WithTimeout(context.WithoutCancel(ctx), crowdTime)
		defer cancel()
		err = errors.Join(err, removeCrowd(removal, client))
	}()
	if err := b.addCrowd(ctx, client); err != nil {
		return err
	}
	old := time.After(youngTime)
	var lists, first, all []time.Duration
	var quotients []float64
	var peaks []int64
	for i := range podPairs + 1 {
		list, count, err := b.timeList(ctx)
		if err != nil {
			return err
		}
		c, f, a, err := b.timeConsole(ctx, count)
		if err != nil {
			return err
		}
		memory, err := memoryOf(c.Pid(), "VmHWM")
		c.close()
		if err != nil {
			return err
		}
		if i > 0 { // the first pair only warms up caches
			lists, first, all = append(lists, list), append(first, f), append(all, a)
			quotients, peaks = append(quotients, ratio(a, list)), append(peaks, memory["VmHWM"])
		}
	}
	fmt.Printf("the console over %d pods of 12 KB (%d pairs)\n", b.crowd, podPairs)
	printTimes("a bare protobuf list", lists)
	printTimes("console: this node's pods on the screen", first)
	printTimes("console: all pods on the screen", all)
	fmt.Printf("  all, of the list: median %.2f; aim: 1.5; this node's: aim 500 ms\n", median(quotients))
	fmt.Printf("  peak RSS of the console then: median %s\n", mib(median(peaks)))
	<-old
	if err := b.rest(ctx); err != nil {
		return err
	}
	return b.k9s(ctx)
}

// timeList lists all pods in a separate process, because the console is one, too.
func (b *bench) timeList(ctx context.Context) (took time.Duration, count int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	out, err := exec.CommandContext(ctx, self, "-list").Output()
	if err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscan(string(out), (*int64)(&took), &count)
	return took, count, err
}

// timeConsole opens the console and measures until a pod of this node, and until the number of all pods, is on the screen.
func (b *bench) timeConsole(ctx context.Context, count int) (c *console, first, all time.Duration, err error) {
	begin := time.Now()
	c, err = b.openOn(ctx, b.podtracer)
	if err != nil {
		return nil, 0, 0, err
	}
	if err = c.Next(patient, b.pod); err == nil {
		first = time.Since(begin)
		err = c.Next(patient, figures.Count(count)+" pods")
		all = time.Since(begin)
	}
	if err != nil {
		c.close()
	}
	return c, first, all, err
}

func (b *bench) openOn(ctx context.Context, name string, args ...string) (*console, error) {
	return onTerminal(exec.CommandContext(ctx, name, args...), 160, 45)
}

// rest measures a console that nobody touches, and then one that somebody types into.
func (b *bench) rest(ctx context.Context) error {
	_, count, err := b.timeList(ctx)
	if err != nil {
		return err
	}
	c, _, _, err := b.timeConsole(ctx, count)
	if err != nil {
		return err
	}
	defer c.close()
	time.Sleep(settleTime)
	share, err := cpuShare(c.Pid())
	if err != nil {
		return err
	}
	times, err := b.typeInto(c)
	if err != nil {
		return err
	}
	memory, err := memoryOf(c.Pid(), "VmHWM", "VmRSS", "RssAnon")
	if err != nil {
		return err
	}
	printTimes("console: a key in the search box, on the screen", times)
	fmt.Printf("  console: CPU at rest %.2f %% of a core over %s (aim 0.5), peak RSS %s (aim 60 MiB), now %s, anonymous %s\n\n",
		share, restTime, mib(memory["VmHWM"]), mib(memory["VmRSS"]), mib(memory["RssAnon"]))
	return nil
}

func cpuShare(pid int) (percent float64, err error) {
	before, err := cpuTime(pid)
	if err != nil {
		return 0, err
	}
	time.Sleep(restTime)
	after, err := cpuTime(pid)
	return 100 * float64(after-before) / float64(restTime), err
}

// typeInto types letters into the search box and deletes them again. They are capital letters, so that no row contains the same
// text.
func (b *bench) typeInto(c *console) (times []time.Duration, err error) {
	const word = "bEnCh aPp-00"
	if err := c.Press("/"); err != nil {
		return nil, err
	}
	time.Sleep(settleTime / 10)
	for range 3 {
		for i := range len(word) {
			c.Forget()
			begin := time.Now()
			if err := c.Press(word[i : i+1]); err != nil {
				return nil, err
			}
			if i < 2 || word[i] == ' ' { // the text might be elsewhere on the screen, or a space at the end might not be drawn
				time.Sleep(settleTime / 20)
				continue
			}
			if err := c.until(word[:i+1]); err != nil {
				return nil, err
			}
			times = append(times, time.Since(begin))
			time.Sleep(settleTime/20 + time.Duration(i)*7*time.Millisecond) // out of step with the frames
		}
		for range len(word) {
			if err := c.Press("\x7f"); err != nil {
				return nil, err
			}
		}
		time.Sleep(settleTime / 10)
	}
	return times, nil
}

// k9s measures k9s over the same pods, only once, because it is slow.
func (b *bench) k9s(ctx context.Context) error {
	path, err := exec.LookPath("k9s")
	if err != nil {
		fmt.Print("k9s is not on PATH: not measured\n\n")
		return nil
	}
	begin := time.Now()
	c, err := b.openOn(ctx, path, "--all-namespaces", "--command", "pods", "--readonly", "--splashless", "--headless")
	if err != nil {
		return err
	}
	defer func() {
		_ = c.Signal(os.Kill)
		c.close()
	}()
	if err := c.Next(patient, "bench-team"); err != nil {
		return err
	}
	first := time.Since(begin)
	at, err := memoryOf(c.Pid(), "VmHWM")
	if err != nil {
		return err
	}
	time.Sleep(settleTime)
	share, err := cpuShare(c.Pid())
	if err != nil {
		return err
	}
	later, err := memoryOf(c.Pid(), "VmHWM")
	if err != nil {
		return err
	}
	fmt.Printf("k9s over the same pods: first row after %s; peak RSS then %s, after %s more %s; CPU in that time %.0f %% of a core\n\n",
		ms(first), mib(at["VmHWM"]), settleTime+restTime, mib(later["VmHWM"]), share)
	return nil
}
