package tools

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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

// lookout records how far a ring that a line can freeze has been turned into text.
type lookout struct {
	passed  atomic.Int64 // offset up to which packets were passed to the decoder or skipped
	matched atomic.Int64 // offset before the packet whose line matched first; 0: no line has matched
	missed  atomic.Bool  // the person was told that a line may have been missed
}

// heldText is how many bytes of packets may have been passed on without having become lines: in the pipe to the decoder, and in it.
const heldText = 128 << 10

// match records that a line has matched.
func (l *lookout) match() { l.matched.CompareAndSwap(0, max(1, l.passed.Load()-heldText)) }

// tellMissed tells the person once if packets have left the ring before their text was made.
func (r *run) tellMissed() {
	if r.request.Ring.FreezeOn == nil || r.lookout.matched.Load() > 0 || r.spool.Oldest().Offset <= r.lookout.passed.Load() {
		return
	}
	if !r.lookout.missed.Swap(true) {
		r.notice("packets leave the ring before their text is made: a line that would freeze it may be missed")
	}
}

// tellLeft tells the person, at the end of a run, if the ring may no longer contain the packet whose line froze it.
func (r *run) tellLeft() {
	if matched := r.lookout.matched.Load(); matched > 0 && r.spool.Oldest().Offset > matched {
		r.notice("the packet whose line froze the ring may have left the ring since: a larger --ring, or a shorter --keep-after, keeps it")
	}
}
