package tools

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/tally"
)

// decoders sends a signal to the decoders of this process's runs.
func decoders(t *testing.T, signal syscall.Signal) {
	t.Helper()
	for _, guard := range childrenOf(t, os.Getpid()) {
		for _, tool := range childrenOf(t, guard) {
			if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", tool)); bytes.Contains(line, []byte("\x00-r\x00-")) {
				_ = syscall.Kill(tool, signal)
			}
		}
	}
}

// awaitedWith captures into a ring that a datagram of 777 bytes freezes, sends some of 100 bytes, and waits for their text.
func awaitedWith(t *testing.T, n *node, s *sender) RunID {
	t.Helper()
	id := n.captureFlood(t, func(r *Request) {
		r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile(`length 777$`)}
		r.Text, r.Packets, r.Stderr = false, true, new(tally.Tail)
	}, heads...)
	s.send(t, 10, 100)
	n.until(t, id, "text", func(s State) bool { return s.Lines >= 10 })
	return id
}

// Nobody reads text as fast as packets come, so most are not shown; but any of them may have the line that freezes the ring.
func TestALineThatFreezesARingIsFoundAmongMorePacketsThanAreShown(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := awaitedWith(t, n, s)
	const around = 18_000 // all of them fit into the ring
	decoders(t, syscall.SIGSTOP)
	s.send(t, around, 100)
	s.send(t, 1, 777)
	s.send(t, around, 100)
	decoders(t, syscall.SIGCONT)
	state := n.until(t, id, "the freeze, or a gap", func(s State) bool { return s.Phase == Ended || s.Counters.NotShown > 0 })
	if !errors.Is(state.Cause, ErrFrozen) {
		t.Errorf("of %d packets, %d did not become text: %v", state.Packets, state.Counters.NotShown, state.Cause)
	}
}

func TestThatALineMayHaveBeenMissedIsSaid(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := awaitedWith(t, n, s)
	decoders(t, syscall.SIGSTOP)
	for aged := false; !aged; {
		s.send(t, 5_000, 1000)
		aged = n.state(t, id).Counters.AgedOut > 20_000 // more than the pipe to the decoder holds
	}
	// The notice must come while the decoder is stuck, because a decoder may stay stuck for ever.
	state := n.until(t, id, "the notice", func(s State) bool { return len(s.Notices) > 0 })
	if !says(state, "may be missed") {
		t.Errorf("notices: %q", state.Notices)
	}
	decoders(t, syscall.SIGCONT)
	n.until(t, id, "the gap", func(s State) bool { return s.Counters.NotShown > 0 })
	s.send(t, 1, 777)
	if state := n.wait(t, id); !errors.Is(state.Cause, ErrFrozen) {
		t.Errorf("the ring was not frozen: %v", state.Cause)
	}
}

func says(s State, words string) bool {
	return slices.ContainsFunc(s.Notices, func(text string) bool { return strings.Contains(text, words) })
}

// floodUntilTheEnd sends datagrams until the run has ended.
func (s *sender) floodUntilTheEnd(t *testing.T, n *node, id RunID) {
	t.Helper()
	for n.state(t, id).Phase != Ended {
		s.send(t, 1000, 1000)
	}
}

// The packet whose line froze the ring must stay in the ring, although the flood goes on.
func TestAFrozenRingHoldsWhatItHeldWhenItWasFrozen(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := awaitedWith(t, n, s)
	matching := s.sent
	s.send(t, 1, 777)
	s.floodUntilTheEnd(t, n, id)
	state := n.wait(t, id)
	if !errors.Is(state.Cause, ErrFrozen) || state.Status() != 0 && state.Counters.Dropped() == 0 {
		t.Errorf("%v, status %d, %q", state.Cause, state.Status(), state.Losses)
	}
	if kept := numbers(t, n.save(t, id, "x.pcap").Path); !slices.Contains(kept, matching) && !says(state, "may have left the ring") {
		t.Errorf("of %d packets the ring holds %d to %d, and not the one that froze it", state.Packets, kept[0], kept[len(kept)-1])
	}
	if says(state, "may have left the ring") {
		t.Errorf("the ring went on for %d packets behind the one that froze it", s.sent-matching)
	}
}

func TestThatTheLineThatFrozeARingIsNoLongerInItIsSaid(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) {
		r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile(`length 777$`), KeepAfter: time.Hour}
		r.Text, r.Packets, r.Stderr = false, true, new(tally.Tail)
	})
	s.send(t, 1, 777)
	n.until(t, id, "the freeze", func(s State) bool { return s.Frozen != "" })
	for n.state(t, id).Counters.AgedOut < 1000 {
		s.send(t, 1000, 1000)
	}
	if state := n.stopAndWait(t, id); !says(state, "may have left the ring") {
		t.Errorf("notices: %q", state.Notices)
	}
}
