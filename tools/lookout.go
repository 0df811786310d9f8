package tools

import "sync/atomic"

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
