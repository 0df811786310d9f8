package tools

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// awaitFreeze ends the run when its ring is frozen, or some time later.
func (r *run) awaitFreeze(ctx context.Context, stop context.CancelCauseFunc) {
	var reason string
	select {
	case <-ctx.Done():
		return
	case reason = <-r.freeze:
	}
	r.update(func(s *State) { s.Frozen = reason })
	select {
	case <-ctx.Done():
	case <-time.After(r.request.Ring.KeepAfter):
		if reason == asAsked {
			stop(ErrFrozen)
		}
		stop(fmt.Errorf("%w: %s", ErrFrozen, reason)) // the first one counts
	}
}

// asAsked is the reason for a freeze that a person asked for.
const asAsked = "as asked"

// matchFreeze freezes the ring when a line says so.
func (r *run) matchFreeze(text []byte) {
	if r.request.Ring.FreezeOn.Match(text) {
		r.freezeFor("a line matched " + r.request.Ring.FreezeOn.String())
	}
}

// freezeFor freezes the ring for a reason. The first reason counts.
func (r *run) freezeFor(reason string) {
	select {
	case r.freeze <- reason:
	default:
	}
}

// errNoRing says that there is nothing to freeze.
var errNoRing = errors.New("this run has no ring to freeze")
