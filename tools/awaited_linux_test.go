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
)

// decoders sends a signal to the processes that make text of the packets of this process's runs.
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

// awaitedWith captures into a ring that a datagram of 777 bytes freezes, and sends some of 100 bytes, of which text is made.
func awaitedWith(t *testing.T, n *node, s *sender) RunID {
	t.Helper()
	id := n.captureFlood(t, func(r *Request) {
		r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile(`length 777$`)}
		r.Text, r.Packets, r.Stderr = false, true, new(tail)
	})
	s.send(t, 10, 100)
	n.until(t, id, "text", func(s State) bool { return s.Lines >= 10 })
	return id
}

// Nobody reads text as fast as packets come, but a line that is waited for may be any.
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
		t.Errorf("of %d packets, %d were not looked at: %v", state.Packets, state.Counters.NotShown, state.Cause)
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
	decoders(t, syscall.SIGCONT)
	state := n.until(t, id, "the gap", func(s State) bool { return s.Counters.NotShown > 0 && len(s.Notices) > 0 })
	if !slices.ContainsFunc(state.Notices, func(text string) bool { return strings.Contains(text, "may be missed") }) {
		t.Errorf("notices: %q", state.Notices)
	}
	s.send(t, 1, 777)
	if state := n.wait(t, id); !errors.Is(state.Cause, ErrFrozen) {
		t.Errorf("it was not frozen: %v", state.Cause)
	}
}
