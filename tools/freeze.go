package tools

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// freezing is why a ring is frozen: in words, and as the cause that ends the run.
type freezing struct {
	words string
	cause error
}

// asAsked is a freeze that a person asked for; the outcome of the run needs no further words.
var asAsked = freezing{"as asked", ErrFrozen}

// awaitFreeze waits until the ring is frozen, and ends the run after the time to keep (Ring.KeepAfter).
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
		r.spool.Enough(why.cause)
		stop(why.cause)
	}
}

// matchFreeze freezes the ring if the line matches Ring.FreezeOn.
func (r *run) matchFreeze(text []byte) {
	if r.request.Ring.FreezeOn.Match(text) {
		r.lookout.match()
		words := "a line matched " + r.request.Ring.FreezeOn.String()
		r.freezeFor(freezing{words, fmt.Errorf("%w: %s", ErrFrozen, words)})
	}
}

// freezeBlind freezes a ring that waits for a line of text when there is no text any more. Otherwise the packets it was to keep
// would age out silently: the packet that matters may be the one that crashed the tcpdump that prints text.
func (r *run) freezeBlind() {
	if r.request.Ring.FreezeOn != nil {
		r.freezeFor(freezing{"the text of the packets has ended, and no line can match any more", ErrBlind})
	}
}

// freezeFor freezes the ring. Only the first call has an effect.
func (r *run) freezeFor(why freezing) {
	select {
	case r.freeze <- why:
	default:
	}
}

// errNoRing says that there is nothing to freeze.
var errNoRing = errors.New("this run has no ring to freeze")
