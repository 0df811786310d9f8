//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/test/terminal"
)

// sample is the result of capturing one flood.
type sample struct {
	sent, captured int64
	dropped        int64 // by the kernel, as tcpdump says; not known for the console
	cpu            time.Duration
	complete       bool // podtracer's verdict
	verdict        string
}

func (s sample) share() float64 { return ratio(s.captured, s.sent) }

const (
	filter   = "udp and dst port " + discard
	snapshot = "256"
	settle   = 300 * time.Millisecond  // after this time a capture has begun
	late     = 1300 * time.Millisecond // after this time the last packets are written
)

var droppedByKernel = regexp.MustCompile(`(\d+) packets? dropped by kernel`)

// bareCapture captures a flood with a tcpdump that is started by hand.
func (b *bench) bareCapture(ctx context.Context, f flood) (sample, error) {
	dir, err := os.MkdirTemp(b.dir, "bare")
	if err != nil {
		return sample{}, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o777); err != nil {
		return sample{}, err
	}
	file := filepath.Join(dir, "bare.pcap")
	s, said, err := b.captured(ctx, f, "nsenter", "-n", "-t", b.pid, "tcpdump", "-i", "eth0", "-s", snapshot, "-w", file, filter)
	if err != nil {
		return s, err
	}
	found := droppedByKernel.FindStringSubmatch(said)
	if found == nil {
		return s, fmt.Errorf("tcpdump did not say what was dropped, but: %s", said)
	}
	if s.dropped, err = strconv.ParseInt(found[1], 10, 64); err != nil {
		return s, err
	}
	s.captured, err = countPackets(file)
	return s, err
}

// headlessCapture captures a flood with podtracer's command line.
func (b *bench) headlessCapture(ctx context.Context, f flood) (sample, error) {
	file, reportFile := filepath.Join(b.dir, "headless.pcap"), filepath.Join(b.dir, "report.json")
	defer os.Remove(file)
	defer os.Remove(reportFile)
	s, said, err := b.captured(ctx, f, b.podtracer, "run", "-n", b.namespace, "--pod", b.pod, "--report", reportFile, "-f", file, "--",
		"tcpdump", "-i", "eth0", "-s", snapshot, "-w", "-", filter)
	if err != nil {
		return s, err
	}
	r, err := readReport(reportFile)
	if err != nil {
		return s, fmt.Errorf("%w; it said: %s", err, said)
	}
	s.dropped, s.complete, s.verdict = r.Counters.DroppedByKernel, r.Verdict.Complete, r.Verdict.Text
	s.captured, err = countPackets(file)
	return s, err
}

// captured starts a capture, floods it and interrupts it. said is what the program printed.
func (b *bench) captured(ctx context.Context, f flood, name string, args ...string) (s sample, said string, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return s, "", err
	}
	if err := cmd.Start(); err != nil {
		return s, "", err
	}
	w := terminal.Read(stderr)
	if err = w.Next(bound, "listening on"); err == nil {
		s, err = b.during(ctx, cmd.Process.Pid, f)
	}
	err = errors.Join(err, cmd.Process.Signal(unix.SIGINT))
	<-w.Ended()
	said = w.Since(0)
	const lost = 74
	if ended := cmd.Wait(); ended != nil && cmd.ProcessState.ExitCode() != lost {
		err = errors.Join(err, fmt.Errorf("%w: %s", ended, said))
	}
	return s, said, err
}

// consoleCapture captures a flood with the console, which shows its text all the while.
func (b *bench) consoleCapture(ctx context.Context, f flood) (s sample, err error) {
	defer os.RemoveAll(b.data())
	c, spool, err := b.consoleTcpdump(ctx, "-i eth0 -s "+snapshot+" "+filter)
	if err != nil {
		return s, err
	}
	defer c.close()
	if s, err = b.during(ctx, c.Pid(), f); err != nil {
		return s, err
	}
	s.captured, err = countPackets(spool)
	return s, err
}

// consoleTcpdump starts a tcpdump in the console and waits until it captures. spool is the file behind the run.
func (b *bench) consoleTcpdump(ctx context.Context, args string) (c *console, spool string, err error) {
	if c, err = b.openConsole(ctx); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	const erase = "\x15" // ctrl+u
	if err := c.press("\t"+erase+args, "udp"); err != nil {
		return nil, "", err
	}
	if err := c.start(); err != nil {
		return nil, "", err
	}
	for begin := time.Now(); time.Since(begin) < bound; time.Sleep(10 * time.Millisecond) {
		spools, _ := filepath.Glob(filepath.Join(b.data(), "sessions", "*", "*.spool")) // fails only for a bad pattern
		for _, path := range spools {
			if info, err := os.Stat(path); err == nil && info.Size() >= fileHead {
				return c, path, nil
			}
		}
	}
	return nil, "", fmt.Errorf("the console captured nothing; the screen: %s", c.Since(0))
}

// during sends a flood and measures what a process uses, from just before the flood until the last packets are written.
func (b *bench) during(ctx context.Context, pid int, f flood) (s sample, err error) {
	time.Sleep(settle)
	before, err := cpuTime(pid)
	if err != nil {
		return s, err
	}
	if s.sent, err = b.flooded(ctx, f); err != nil {
		return s, err
	}
	time.Sleep(late)
	after, err := cpuTime(pid)
	s.cpu = after - before
	return s, err
}

// report is the part of podtracer's report that the bench reads.
type report struct {
	Ended    time.Time `json:"ended"`
	Counters struct {
		DroppedByKernel int64 `json:"droppedByKernel"`
	} `json:"counters"`
	Verdict struct {
		Complete bool   `json:"complete"`
		Text     string `json:"text"`
	} `json:"verdict"`
}

func readReport(path string) (r report, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}
