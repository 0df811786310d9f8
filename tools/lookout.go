package tools

import "sync/atomic"

// lookout is how far the text of a ring that a line can freeze was looked at.
type lookout struct {
	passed  atomic.Int64 // offset up to which packets were passed on to the decoder, or skipped
	matched atomic.Int64 // offset behind which the packet is whose line matched first; 0: none has
	missed  atomic.Bool  // the person was told that a line may have been missed
}

// heldText is how many bytes of packets may wait between podtracer and a line: in the pipe to the decoder, and in the decoder.
const heldText = 128 << 10

// match notes that a line has matched.
func (l *lookout) match() { l.matched.CompareAndSwap(0, max(1, l.passed.Load()-heldText)) }

// tellMissed says once that packets have left the ring before their text was made, however it comes that it was not.
func (r *run) tellMissed() {
	if r.request.Ring.FreezeOn == nil || r.lookout.matched.Load() > 0 || r.spool.Oldest().Offset <= r.lookout.passed.Load() {
		return
	}
	if !r.lookout.missed.Swap(true) {
		r.notice("packets leave the ring before their text can be looked at: a line that would freeze it may be missed")
	}
}

// tellLeft says, at the end of a run, that the ring may no longer hold the packet whose line froze it.
func (r *run) tellLeft() {
	if matched := r.lookout.matched.Load(); matched > 0 && r.spool.Oldest().Offset > matched {
		r.notice("the packet whose line froze the ring may have left it since: a larger --ring, or a shorter --keep-after, keeps it")
	}
}
