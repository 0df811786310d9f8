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

// spoolWriter writes the tool's output to the spool and counts it.
type spoolWriter struct {
	run       *run
	stop      context.CancelCauseFunc
	trimmer   pcap.Trimmer
	direct    func() // called when the tool gets the spool itself as standard output
	keepPace  func() // waits for the viewer; nil: nobody has to be waited for
	unchecked int    // bytes written since the disk was last checked
	broken    error  // why the stream is no longer packets
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

// grown is called when the tool has written some bytes into the spool itself. err says why the tool cannot go on; nil if it can.
func (w *spoolWriter) grown(bytes int, err error) {
	w.taken()
	w.checkDisk(bytes)
	if err != nil {
		w.run.checkDisk(w.stop) // may give a better reason
		w.stop(fmt.Errorf("%w: %w", ErrSpool, err))
	}
}

// taken updates the run's state from the spool, and stops the tool if the spool takes nothing more.
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

// lookForBreak reports once that the stream is no longer packets, and then stops a run that can keep only packets.
func (w *spoolWriter) lookForBreak() {
	broken := w.run.spool.Broken()
	if now, _ := w.run.spool.Get(); now.Full == nil { // bytes after a limit do not matter
		broken = cmp.Or(broken, w.trimmer.Broken())
	}
	if broken == nil || w.broken != nil {
		return
	}
	w.broken = broken
	w.run.update(func(s *State) {
		s.Losses = append(slices.Clone(s.Losses), report.Loss{ // others may be reading the old slice
			Kind: report.LostInStream, Since: time.Now(), Detail: fmt.Sprintf("the stream is broken after its last whole packet (%v)", broken),
		})
	})
	if !w.keepsAnything() {
		w.stop(ErrStream)
	}
}

// keepsAnything says whether bytes that are not packets are kept. A run with --snaplen-headers keeps only packets; in a ring,
// such bytes would push packets out.
func (w *spoolWriter) keepsAnything() bool {
	return !w.run.request.Headers && w.run.request.Ring.Size == 0
}

// cutOff says how an ended capture is cut short; "" if the stream is broken, which lookForBreak has reported.
func (w *spoolWriter) cutOff() string {
	if w.broken != nil {
		return ""
	}
	return w.run.spool.CutOff(w.trimmer.Pending())
}

// checkDisk checks the disk after every MiB written: a fast tool fills it before the next tick of sample.
func (w *spoolWriter) checkDisk(n int) {
	const often = 1 << 20
	if w.unchecked += n; w.unchecked >= often {
		w.unchecked = 0
		w.run.checkDisk(w.stop)
	}
}

// File opens the spool for the tool of a capture to write to. It returns nil if podtracer has to change or watch the stream first.
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

// How often podtracer looks at what the tool has written itself: often if somebody waits for every packet, rarely if tcpdump
// buffers packets anyway.
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
