package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
)

// pends waits until a signal is pending for a process, which is stopped.
func pends(t *testing.T, pid int, signal unix.Signal) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return err
		}
		m := regexp.MustCompile(`ShdPnd:\s*(\w+)`).FindSubmatch(status)
		if set, err := strconv.ParseUint(string(m[1]), 16, 64); err != nil || set&(1<<(signal-1)) == 0 {
			return fmt.Errorf("%v is not pending: %s, %w", signal, m[0], err)
		}
		return nil
	})
}

func TestAStopSaysThatTcpdumpHasNotReadWhatHadArrived(t *testing.T) {
	waits(t)
	for name, c := range map[string]struct {
		device string
		change func(*Request)
	}{
		"one interface": {"eth0", unseen},
		"the console":   {"eth0", func(r *Request) { r.Text = true }},
		"a ring":        {"eth0", func(r *Request) { unseen(r); r.Ring.Size = 64 << 20 }},
		"lo":            {"lo", unseen},
		"any":           {"any", unseen},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			needTools(t, "tcpdump")
			req := Request{Pod: cart, Argv: []string{"tcpdump", "-n", "-i", c.device, "-w", "-", "udp and dst port 9"}}
			c.change(&req)
			id := n.start(t, req)
			n.until(t, id, "counters", func(s State) bool { return s.Counters.Known })
			pid := toolOf(t, n.state(t, id).Argv)
			stopped(t, pid, func() {
				if c.device == "eth0" {
					newSender(t, n, shop).send(t, 200, 100)
				} else {
					toItself(t, n, 200)
				}
				if err := n.Stop(id); err != nil {
					t.Fatal(err)
				}
				pends(t, pid, unix.SIGINT)
			})
			const want = "INCOMPLETE: packets may have arrived that were not yet read when tcpdump, which did not respond, was stopped"
			if state := n.wait(t, id); state.Packets >= 200 || state.Verdict().String() != want || state.Status() != StatusLost {
				t.Errorf("%d packets, status %d, verdict %q", state.Packets, state.Status(), state.Verdict().String())
			}
		})
	}
}

func lostByEnd(s State) bool {
	return slices.ContainsFunc(s.Losses, func(l report.Loss) bool { return l.Kind == report.LostByEnd })
}

// flooded sends datagrams from shop to cart as fast as it can until the test ends, and returns once it has begun.
func flooded(t *testing.T, n *node) {
	t.Helper()
	s := newSender(t, n, shop)
	begun := make(chan struct{})
	var flood sync.WaitGroup
	flooding, end := context.WithCancel(context.Background())
	flood.Go(func() {
		s.send(t, 1000, 100)
		close(begun)
		for flooding.Err() == nil {
			s.send(t, 100, 100)
		}
	})
	t.Cleanup(func() {
		end()
		flood.Wait()
	})
	<-begun
}

func TestWhatArrivesBehindAStopIsNotMissing(t *testing.T) {
	for name, change := range map[string]func(*Request){
		"a file":      unseen,
		"the console": nil,
		"a ring":      func(r *Request) { unseen(r); r.Ring.Size = 64 << 20 },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			id := n.captureFlood(t, change)
			n.until(t, id, "counters", func(s State) bool { return s.Counters.Known })
			flooded(t, n)
			if state := n.stopAndWait(t, id); lostByEnd(state) || state.Packets == 0 {
				t.Errorf("verdict %q; %d packets, counters %+v", state.Verdict().String(), state.Packets, state.Counters)
			}
		})
	}
}

func TestWhatTcpdumpThrowsAwayIsNotMissing(t *testing.T) {
	n := newNode(t)
	id := n.captureFlood(t, unseen, "-Q", "out")
	flooded(t, n)
	if err := unix.Kill(toolOf(t, n.state(t, id).Argv), unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); lostByEnd(state) || state.Counters.Received == 0 {
		t.Errorf("verdict %q; %d packets, counters %+v", state.Verdict().String(), state.Packets, state.Counters)
	}
}

// answerer is a recorder whose tool answers questions for counters, and ends when it is stopped, or when somebody else ends it.
type answerer struct {
	recorder
	device  string
	first   int64 // accepted by the kernel before the first packet
	later   int64 // accepted by the kernel when it is asked again
	written int64
	more    int64         // packets that it captures after the last answer and does not write
	others  chan struct{} // closed when somebody else ends it
}

func (a answerer) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	_, err := fmt.Fprintf(s.Stderr, "tcpdump: listening on %s, link-type EN10MB\n", a.device)
	if _, errOut := s.Stdout.Write(a.output); errOut != nil || err != nil {
		return launch.Exit{}, errors.Join(err, errOut)
	}
	const (
		answer = "tcpdump: %d packets captured, %d packets received by filter, 0 packets dropped by kernel\n"
		ended  = "%d packets captured\n%d packets received by filter\n0 packets dropped by kernel\n"
	)
	for captured, accepted := int64(0), a.first; ; captured, accepted = a.written, a.later {
		select {
		case <-s.Ask:
			_, _ = fmt.Fprintf(s.Stderr, answer, captured, accepted)
		case <-ctx.Done():
			_, err := fmt.Fprintf(s.Stderr, ended, a.written+a.more, a.later+1000) // what arrives behind a stop
			return launch.Exit{Stopped: true}, err
		case <-a.others:
			_, err := fmt.Fprintf(s.Stderr, ended, a.written, a.later)
			return launch.Exit{}, err
		}
	}
}

// deaf is an answerer that is so slow that it ends before it answers.
type deaf struct{ answerer }

func (d deaf) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	s.Ask = nil
	return d.answerer.Launch(ctx, pod, argv, s)
}

// What came before its filter was set cannot be told from what it has not read.
func TestOfATcpdumpThatNeverAnsweredMoreMayHaveArrived(t *testing.T) {
	const there = 50
	for later, want := range map[int64]string{
		there: "complete", there + 7: "INCOMPLETE: packets may have arrived that were not yet read when somebody else ended tcpdump",
	} {
		others := make(chan struct{})
		launcher := deaf{answerer{recorder: recorder{output: pcaptest.Stream(there)}, device: "eth0", later: later, written: there, others: others}}
		runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		n := &node{Runs: runs}
		id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: Ring{Size: 64 << 20}})
		n.until(t, id, "packets", func(s State) bool { return s.Device != "" && s.Packets == there })
		close(others)
		if state := n.wait(t, id); state.Verdict().String() != want {
			t.Errorf("verdict %q, want %q", state.Verdict().String(), want)
		}
		closeInTime(t, runs)
	}
}

func TestWhatTcpdumpHasReadIsComparedWithWhatHadArrivedWhenItWasEnded(t *testing.T) {
	const there = 50
	for name, c := range map[string]struct {
		device, option string
		first, later   int64
		lost           string
	}{
		"all is read":                        {"eth0", "-n", 0, there, ""},
		"some are not read":                  {"eth0", "-n", 0, there + 7, "7 had arrived and"},
		"some came before the filter":        {"eth0", "-n", 7, there + 7, ""},
		"some before, and some are not read": {"eth0", "-n", 7, there + 9, "2 had arrived and"},
		"lo counts twice":                    {"lo", "-n", 0, 2 * there, ""},
		"lo counts twice what is not read":   {"lo", "-n", 0, 2 * (there + 7), "7 had arrived and"},
		"any may count twice":                {"any", "-n", 0, 2 * there, ""},
		"any does not count three times":     {"any", "-n", 0, 3 * there, "packets may have arrived that"},
		"one direction":                      {"eth0", "-Qin", 0, there + 7, ""},
	} {
		for _, ended := range []string{"tcpdump was stopped", "somebody else ended tcpdump"} {
			t.Run(name+", "+ended, func(t *testing.T) {
				t.Parallel()
				others := make(chan struct{})
				launcher := answerer{recorder{output: pcaptest.Stream(there)}, c.device, c.first, c.later, there, 0, others}
				runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				defer closeInTime(t, runs)
				n := &node{Runs: runs}
				id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", c.option, "-w", "-"}, Ring: Ring{Size: 64 << 20}})
				n.until(t, id, "packets", func(s State) bool { return s.Counters.Known && s.Packets == there })
				if ended == "tcpdump was stopped" {
					err = n.Stop(id)
				} else {
					close(others)
				}
				want := "complete"
				if c.lost != "" {
					want = "INCOMPLETE: " + c.lost + " were not yet read when " + ended
				}
				if state := n.wait(t, id); err != nil || state.Verdict().String() != want {
					t.Errorf("%v, verdict %q, want %q", err, state.Verdict().String(), want)
				}
			})
		}
	}
}

// A write to a full pipe, which an interrupt breaks off, loses the packet.
func TestThePacketWhoseWriteTheStopBreaksOffIsNotMissing(t *testing.T) {
	const there = 50
	for more, want := range map[int64]string{1: "complete", 2: "INCOMPLETE: 2 captured by tcpdump are missing from its output"} {
		launcher := answerer{recorder: recorder{output: pcaptest.Stream(there)}, device: "eth0", later: there, written: there, more: more}
		runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		n := &node{Runs: runs}
		id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: Ring{Size: 64 << 20}})
		n.until(t, id, "packets", func(s State) bool { return s.Counters.Known && s.Packets == there })
		if state := n.stopAndWait(t, id); state.Verdict().String() != want {
			t.Errorf("verdict %q, want %q", state.Verdict().String(), want)
		}
		closeInTime(t, runs)
	}
}
