package tools

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
)

// unreached is an answerer on another node that cannot be reached for a while.
type unreached struct {
	answerer
	told  bool          // podtracer knows it at once
	until chan struct{} // closed when it can be reached again
}

func (u unreached) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	asked := make(chan launch.Wish)
	wishes := s.Ask
	s.Ask = asked
	s.Named("x")
	passing, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { // ends with passing
		asked <- <-wishes // the first one is answered
		away := launch.Away{Node: "node-b", Since: time.Now()}
		if u.told {
			s.Away(away)
		}
		for {
			select {
			case <-wishes: // it gets lost on the way
				if !u.told {
					time.AfterFunc(3*time.Second, func() { s.Away(away) })
				}
				continue
			case <-u.until:
			case <-passing.Done():
				return
			}
			s.Away(launch.Away{})
			for {
				select {
				case wish := <-wishes:
					asked <- wish
				case <-passing.Done():
					return
				}
			}
		}
	}()
	return u.answerer.Launch(ctx, pod, argv, s)
}

// What tcpdump has read by its end is asked when it can be asked.
func TestACaptureWhoseTimeIsUpDuringAnOutageIsComplete(t *testing.T) {
	waits(t)
	const there = 50
	for name, told := range map[string]bool{"podtracer knows of it": true, "the question finds it out": false} {
		t.Run(name, func(t *testing.T) {
			waits(t)
			until := make(chan struct{})
			launcher := unreached{answerer{recorder: recorder{output: pcaptest.Stream(there)}, device: "eth0", later: there, written: there}, told, until}
			runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer closeInTime(t, runs)
			n := &node{Runs: runs}
			id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: Ring{Size: 64 << 20}, Limits: Limits{Timer: 2 * time.Second}})
			n.until(t, id, "its time to be up", func(s State) bool { return s.Phase == Stopping })
			n.until(t, id, "the outage", func(s State) bool { return !s.Away.Since.IsZero() })
			time.Sleep(settleAsked + time.Second) // longer than somebody who asks for the end waits
			close(until)
			if state := n.wait(t, id); state.Verdict().String() != "complete" || state.Status() != 0 {
				t.Errorf("verdict %q, status %d", state.Verdict().String(), state.Status())
			}
		})
	}
}

// Whoever does not want to wait for the end of an outage does not, and what nobody knows is no success.
func TestACaptureInAnOutageEndsForWhoeverDoesNotWantToWait(t *testing.T) {
	waits(t)
	const there = 50
	hurried := make(chan struct{})
	launcher := unreached{answerer{recorder: recorder{output: pcaptest.Stream(there)}, device: "eth0", later: there, written: there}, true, nil}
	runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeInTime(t, runs)
	n := &node{Runs: runs}
	id := n.start(t, Request{
		Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: Ring{Size: 64 << 20}, Limits: Limits{Timer: time.Second}, Hurried: hurried,
	})
	n.until(t, id, "its time to be up", func(s State) bool { return s.Phase == Stopping && !s.Away.Since.IsZero() })
	close(hurried)
	began := time.Now()
	const want = "INCOMPLETE: packets may have arrived that were not yet read when tcpdump, which did not respond, was stopped"
	if state := n.wait(t, id); state.Verdict().String() != want || state.Status() != StatusLost {
		t.Errorf("verdict %q, status %d", state.Verdict().String(), state.Status())
	}
	if took := time.Since(began); took > settleAway/2 {
		t.Errorf("it was waited for, for %v", took)
	}
}

// A person who has asked for the end waits ten seconds for word of a node that is out of reach, not a minute, and is told so; it is the same
// whether they stop the run or podtracer.
func TestACaptureInAnOutageEndsSoonForWhoeverHasAsked(t *testing.T) {
	waits(t)
	const there = 50
	for name, stop := range map[string]func(n *node, id RunID, end func()){
		"the run":   func(n *node, id RunID, _ func()) { _ = n.Stop(id) },
		"podtracer": func(_ *node, _ RunID, end func()) { end() },
	} {
		t.Run(name, func(t *testing.T) {
			waits(t)
			launcher := unreached{answerer{recorder: recorder{output: pcaptest.Stream(there)}, device: "eth0", later: there, written: there}, true, nil}
			ctx, end := context.WithCancel(context.Background())
			defer end()
			runs, err := NewRuns(ctx, Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer closeInTime(t, runs)
			n := &node{Runs: runs}
			var said lockedBuffer
			id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: Ring{Size: 64 << 20}, Stderr: &said})
			n.until(t, id, "the outage", func(s State) bool { return !s.Away.Since.IsZero() })
			began := time.Now()
			stop(n, id, end)
			state := n.wait(t, id)
			if took := time.Since(began); took > settleAway/2 || state.Status() != StatusLost {
				t.Errorf("it took %v, status %d, %s", took, state.Status(), state.Verdict())
			}
			if want := "node-b cannot be reached; waiting up to 10s to learn how far tcpdump has come there"; !strings.Contains(said.text(), want) {
				t.Errorf("it says %q, not %q", said.text(), want)
			}
		})
	}
}
