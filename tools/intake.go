package tools

import (
	"context"
	"fmt"
)

// spoolWriter takes the tool's output into the spool and counts it.
type spoolWriter struct {
	run       *run
	stop      context.CancelCauseFunc
	trimmer   trimmer
	keepPace  func() // waits for whoever looks; nil: nobody waits
	unchecked int    // bytes since the disk was looked at
}

func (w *spoolWriter) Write(p []byte) (int, error) {
	if w.run.request.Headers {
		var err error
		if p, err = w.trimmer.trim(p); err != nil {
			w.stop(fmt.Errorf("%w: %w", ErrSpool, err))
			return 0, err
		}
	}
	n, err := w.run.spool.Write(p)
	w.run.syncer.note(n)
	w.taken()
	w.checkDisk(n)
	if w.keepPace != nil {
		w.keepPace()
	}
	return n, err
}

// grown is told that the tool has written some bytes into the spool itself, and why it cannot go on, if it cannot.
func (w *spoolWriter) grown(bytes int, err error) {
	w.run.syncer.note(bytes)
	w.taken()
	w.checkDisk(bytes)
	if err != nil {
		w.run.checkDisk(w.stop) // which may be told in better words
		w.stop(fmt.Errorf("%w: %w", ErrSpool, err))
	}
}

// taken brings the run's state up to date with the spool, and stops the tool if nothing more is taken.
func (w *spoolWriter) taken() {
	now, _ := w.run.spool.state.Get()
	w.run.update(func(s *State) {
		s.Bytes, s.Packets = now.end.offset, now.end.packets
		s.Counters.AgedOut, s.Counters.AgedOutBytes = now.oldest.packets, now.oldest.offset
	})
	switch {
	case now.full != nil:
		w.stop(now.full)
	case now.err != nil:
		w.stop(fmt.Errorf("%w: %w", ErrSpool, now.err))
	}
}

// checkDisk looks at the disk again after some bytes: a fast tool fills it sooner than the clock comes round.
func (w *spoolWriter) checkDisk(n int) {
	const often = 1 << 20
	if w.unchecked += n; w.unchecked >= often {
		w.unchecked = 0
		w.run.checkDisk(w.stop)
	}
}
