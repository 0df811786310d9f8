package tools

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
)

// spoolWriter takes the tool's output into the spool and counts it.
type spoolWriter struct {
	run       *run
	stop      context.CancelCauseFunc
	trimmer   pcap.Trimmer
	direct    func() // is called when the tool gets the spool itself
	keepPace  func() // waits for whoever looks; nil: nobody waits
	unchecked int    // bytes since the disk was looked at
	broken    error  // why the stream is not packets any more
}

func (w *spoolWriter) Write(p []byte) (int, error) {
	if w.broken != nil && !w.keepsAnything() {
		return len(p), nil
	}
	if w.run.request.Headers {
		p = w.trimmer.Trim(p)
	}
	n, err := w.run.spool.Write(p)
	w.taken()
	w.checkDisk(n)
	if w.keepPace != nil {
		w.keepPace()
	}
	return n, err
}

// grown is told that the tool has written some bytes into the spool itself, and why it cannot go on, if it cannot.
func (w *spoolWriter) grown(bytes int, err error) {
	w.taken()
	w.checkDisk(bytes)
	if err != nil {
		w.run.checkDisk(w.stop) // which may be told in better words
		w.stop(fmt.Errorf("%w: %w", ErrSpool, err))
	}
}

// taken brings the run's state up to date with the spool, and stops the tool if nothing more is taken.
func (w *spoolWriter) taken() {
	now, _ := w.run.spool.Get()
	w.run.update(func(s *State) {
		s.Bytes, s.Packets = now.End.Offset, now.End.Packets
		s.Counters.AgedOut, s.Counters.AgedOutBytes = now.Oldest.Packets, now.Oldest.Offset
	})
	w.lookForBreak()
	switch {
	case now.Full != nil:
		w.stop(now.Full)
	case now.Err != nil:
		w.stop(fmt.Errorf("%w: %w", ErrSpool, now.Err))
	}
}

// lookForBreak says once that the stream is not packets any more. Where only packets can be kept that is the end of it.
func (w *spoolWriter) lookForBreak() {
	broken := w.run.spool.Broken()
	if now, _ := w.run.spool.Get(); now.Full == nil { // what is behind a limit is not wanted
		broken = cmp.Or(broken, w.trimmer.Broken())
	}
	if broken == nil || w.broken != nil {
		return
	}
	w.broken = broken
	w.run.update(func(s *State) {
		s.Losses = append(slices.Clone(s.Losses), report.Loss{ // others may be reading them
			Kind: report.LostInStream, Since: time.Now(), Detail: fmt.Sprintf("the stream is broken after its last whole packet (%v)", broken),
		})
	})
	if !w.keepsAnything() {
		w.stop(ErrStream)
	}
}

// keepsAnything says whether what is no packet is kept, too. Of headers only packets are, and in a ring it would push them out.
func (w *spoolWriter) keepsAnything() bool {
	return !w.run.request.Headers && w.run.request.Ring.Size == 0
}

// cutOff says how a capture that has ended stops short; of one that is broken that was said.
func (w *spoolWriter) cutOff() string {
	if w.broken != nil {
		return ""
	}
	return w.run.spool.CutOff(w.trimmer.Pending())
}

// checkDisk looks at the disk again after some bytes: a fast tool fills it sooner than the clock comes round.
func (w *spoolWriter) checkDisk(n int) {
	const often = 1 << 20
	if w.unchecked += n; w.unchecked >= often {
		w.unchecked = 0
		w.run.checkDisk(w.stop)
	}
}

// File opens the spool for the tool of a capture, unless something has to be done to the stream before.
func (w *spoolWriter) File() (*os.File, error) {
	if r := w.run; !r.plan.Capture || r.request.Headers || r.request.Ring.Size > 0 || r.request.Keys != nil {
		return nil, nil
	}
	f, err := w.run.spool.ForTool()
	if f != nil {
		w.direct()
	}
	return f, err
}

// How often podtracer looks at what the tool itself has written: soon again where somebody waits for every packet, seldom where
// tcpdump itself waits until it has many.
const (
	lookLive  = 25 * time.Millisecond
	lookQuiet = 200 * time.Millisecond
)

func (r *run) look() time.Duration {
	if r.plan.Live {
		return lookLive
	}
	return lookQuiet
}
