package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/save"
)

func TestARingKeepsTheNewestPacketsAndNeverMoreThanThatAndASegment(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	const ring = 16 << 20
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = ring })
	largest := int64(0)
	for s.sent < 60_000 {
		s.send(t, 200, 1000)
		files := globbed(n.data + "/sessions/*/*.spool.*")
		if size := sizeOfAll(files); slices.Equal(files, globbed(n.data+"/sessions/*/*.spool.*")) { // else one that has gone may be counted with what came after it
			largest = max(largest, size)
		}
	}
	n.until(t, id, "all packets", func(state State) bool { return uint64(state.Packets)+state.Counters.Dropped() == s.sent })
	state := n.stopAndWait(t, id)
	if largest > ring+ring/8 || largest < ring {
		t.Errorf("up to %d bytes were on the disk, the ring's size is %d", largest, ring)
	}
	saved := n.save(t, id, "x.pcap")
	if saved.Packets+state.Counters.AgedOut != state.Packets || state.Counters.AgedOut == 0 {
		t.Errorf("saved %d, aged out %d, captured %d", saved.Packets, state.Counters.AgedOut, state.Packets)
	}
	if state.Counters.Dropped() > 0 {
		return
	}
	if state.Status() != 0 || !strings.HasPrefix(state.Verdict().String(), "complete from where the ring begins") {
		t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
	}
	expectNumbers(t, numbers(t, saved.Path), uint64(state.Counters.AgedOut), s.sent)
}

func TestARingIsFrozenByALineThatMatchesAndGoesOnForAsLongAsAsked(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) {
		r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile(`length 4\d\d$`), KeepAfter: 700 * time.Millisecond}
		r.Text, r.Stderr = false, io.Discard // as on the command line
	})
	s.send(t, 10, 100)
	s.send(t, 1, 444)
	state := n.until(t, id, "freeze", func(s State) bool { return s.Frozen != "" })
	frozen := time.Now()
	s.send(t, 10, 200)
	if want := `a line matched length 4\d\d$`; state.Frozen != want || state.Phase == Ended {
		t.Errorf("frozen because %q, %v", state.Frozen, state.Phase)
	}
	ended := n.wait(t, id)
	if kept := ended.Ended.Sub(frozen); !errors.Is(ended.Cause, ErrFrozen) || ended.Status() != 0 || kept < 500*time.Millisecond {
		t.Errorf("status %d, %v, after %v", ended.Status(), ended.Cause, kept)
	}
	expectNumbers(t, numbers(t, n.save(t, id, "x.pcap").Path), 0, 21)
}

func TestARingIsFrozenWhenSomebodySaysSo(t *testing.T) {
	n := newNode(t)
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = 8 << 20 })
	if err := n.Freeze(id); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); !errors.Is(state.Cause, ErrFrozen) || state.Frozen != asAsked.words || state.Status() != 0 {
		t.Errorf("%v, %q, status %d", state.Cause, state.Frozen, state.Status())
	}
	other := n.start(t, Request{Pod: cart, Argv: []string{"true"}, Text: true})
	if err := n.Freeze(other); !errors.Is(err, errNoRing) {
		t.Errorf("a run without a ring: %v", err)
	}
}

func TestARingThatIsSavedWhileItRunsIsWhole(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = 8 << 20 })
	flooding, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { // ended by stop
		defer close(done)
		for flooding.Err() == nil {
			s.send(t, 100, 1000)
		}
	}()
	n.until(t, id, "packets that aged out", func(s State) bool { return s.Counters.AgedOut > 0 })
	var saves []save.File
	for i := range 5 {
		saves = append(saves, n.save(t, id, fmt.Sprintf("%d.pcap", i)))
	}
	stop()
	<-done
	drops := n.stopAndWait(t, id).Counters.Dropped()
	for _, saved := range saves {
		got := numbers(t, saved.Path)
		if !saved.Partial || int64(len(got)) != saved.Packets || saved.Bytes < 6<<20 {
			t.Errorf("saved %+v, %d packets", saved, len(got))
		}
		if drops == 0 {
			expectNumbers(t, got, got[0], got[0]+uint64(len(got)))
		}
	}
}
