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
			now, err := n.NextPackets(ctx, id, seen)
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
	if _, err := n.NextPackets(cancelled, id, end); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got %v", err)
	}
	ping := n.start(t, Request{Pod: shop, Argv: []string{"true"}})
	if _, err := n.NextPackets(ctx, ping, capture.State{}); !errors.Is(err, errNoCapture) {
		t.Errorf("what does not capture: %v", err)
	}
}
