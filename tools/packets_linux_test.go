package tools

import (
	"context"
	"errors"
	"testing"

	"github.com/fennec-project/podtracer/tools/capture"
)

func TestThePacketsOfARunAreAwaitedUntilItsEnd(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil)
	ctx := within(t, 3*patience)
	until := func(what string, is func(capture.State) bool) (seen capture.State) {
		t.Helper()
		for !is(seen) {
			now, err := n.NextPackets(ctx, TextID{Run: id}, seen)
			if err != nil || now == seen {
				t.Fatalf("%s: %+v, %v", what, now, err)
			}
			seen = now
		}
		return seen
	}
	s.send(t, 10, 100)
	until("10 packets", func(s capture.State) bool { return s.Last == 10 && s.Read == s.Bytes })
	s.send(t, 5, 100)
	until("15 packets", func(s capture.State) bool { return s.Last == 15 })
	n.stopAndWait(t, id)
	end := until("the end", func(s capture.State) bool { return s.Ended })

	cancelled, stop := context.WithCancel(ctx)
	stop()
	if _, err := n.NextPackets(cancelled, TextID{Run: id}, end); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got %v", err)
	}
	ping := n.start(t, Request{Pod: shop, Argv: []string{"true"}})
	if _, err := n.NextPackets(ctx, TextID{Run: ping}, capture.State{}); !errors.Is(err, errNoCapture) {
		t.Errorf("what does not capture: %v", err)
	}
}

func TestThePacketsOfASetAreThoseOfItsRunsInTheOrderOfTimeWhileTheyCome(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	set := n.NewSet()
	ids := []RunID{
		n.captureFlood(t, func(r *Request) { r.Set = set }),
		n.captureFlood(t, func(r *Request) { r.Set, r.Pod = set, shop }),
	}
	ctx, id := within(t, 3*patience), TextID{Set: set}
	until := func(what string, is func(capture.State) bool) (seen capture.State) {
		t.Helper()
		for !is(seen) {
			now, err := n.NextPackets(ctx, id, seen)
			if err != nil || now == seen {
				t.Fatalf("%s: %+v, %v", what, now, err)
			}
			seen = now
		}
		return seen
	}
	s.send(t, 10, 100)
	until("10 packets of each", func(s capture.State) bool { return s.Last == 20 })
	s.send(t, 5, 100)
	until("15 packets of each", func(s capture.State) bool { return s.Last == 30 })
	for _, run := range ids {
		n.stopAndWait(t, run)
	}
	until("the end", func(s capture.State) bool { return s.Ended })
	list, _, err := n.Packets(ctx, id, 1, 100)
	if err != nil || len(list) != 30 {
		t.Fatalf("%d packets, %v", len(list), err)
	}
	from := map[int]int{}
	for i, p := range list {
		from[p.From]++
		if i > 0 && p.Time.Before(list[i-1].Time) || p.Number != int64(i+1) {
			t.Errorf("packet %d at %v comes after %v", p.Number, p.Time, list[i-1].Time)
		}
	}
	if from[0] != 15 || from[1] != 15 {
		t.Errorf("of each run: %v", from)
	}
	if p, err := n.Packet(ctx, id, 30); err != nil || p.Number != 30 || len(p.Layers) < 3 {
		t.Errorf("%+v, %v", p, err)
	}
	talkers, _, err := n.Conversations(ctx, id, 0)
	if err != nil || len(talkers.List) != 2 || talkers.List[0].From != 0 || talkers.List[1].From != 1 || talkers.List[1].FromA.Packets != 15 {
		t.Errorf("%+v, %v", talkers, err)
	}
	texts := n.NewSet()
	n.wait(t, n.start(t, Request{Pod: shop, Argv: []string{"true"}, Set: texts}))
	for _, other := range []SetID{texts, n.NewSet()} {
		if _, _, err := n.Packets(ctx, TextID{Set: other}, 1, 1); !errors.Is(err, errNoCapture) {
			t.Errorf("what does not capture: %v", err)
		}
	}
}
