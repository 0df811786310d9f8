package tools

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// freezing is why a ring is frozen: in words, and as the cause of the run's end.
type freezing struct {
	words string
	cause error
}

// asAsked is a freeze that a person asked for, which needs no words where it ends the run.
var asAsked = freezing{"as asked", ErrFrozen}

// awaitFreeze ends the run when its ring is frozen, or some time later.
func (r *run) awaitFreeze(ctx context.Context, stop context.CancelCauseFunc) {
	var why freezing
	select {
	case <-ctx.Done():
		return
	case why = <-r.freeze:
	}
	r.update(func(s *State) { s.Frozen = why.words })
	select {
	case <-ctx.Done():
	case <-time.After(r.request.Ring.KeepAfter):
		stop(why.cause)
	}
}

// matchFreeze freezes the ring when a line says so.
func (r *run) matchFreeze(text []byte) {
	if r.request.Ring.FreezeOn.Match(text) {
		words := "a line matched " + r.request.Ring.FreezeOn.String()
		r.freezeFor(freezing{words, fmt.Errorf("%w: %s", ErrFrozen, words)})
	}
}

// freezeBlind freezes a ring that waits for a line of text when there is no text any more: else what it was to keep would age out
// without a word. A packet can end tcpdump while that makes text of it, and may then be the one that matters.
func (r *run) freezeBlind() {
	if r.request.Ring.FreezeOn != nil {
		r.freezeFor(freezing{"the text of the packets has ended, and no line can match any more", ErrBlind})
	}
}

// freezeFor freezes the ring. The first reason counts.
func (r *run) freezeFor(why freezing) {
	select {
	case r.freeze <- why:
	default:
	}
}

// errNoRing says that there is nothing to freeze.
var errNoRing = errors.New("this run has no ring to freeze")
