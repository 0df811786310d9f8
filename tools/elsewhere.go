package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Elsewhere is a detached run, which a process of its own owns, as this podtracer follows it.
type Elsewhere interface {
	// Follow writes what the run has written and writes, and what the tool and podtracer say there. It passes on how the run stands each
	// time that this has changed. It returns when the run has ended and all has come, or when ctx ends, which lets the run go on.
	//
	// Errors: what has come is not all, or it is not known whether it is.
	Follow(ctx context.Context, out, words io.Writer, stands func(now detached.Standing, ended bool)) error
	// Stop asks for the end of the run.
	Stop(ctx context.Context) error
}

// Detached says of a run that somebody else owns it: where it goes on, who started it, and until when it goes on at the latest. The zero
// Detached is that of a run of this podtracer's own.
type Detached struct {
	Place string // NAMESPACE/POD:ID, or only the ID if it is in this data directory
	By    string
	Until time.Time
}

// IsDetached says whether the run goes on without this podtracer.
func (s State) IsDetached() bool { return s.Detached != Detached{} }

// ErrLeft says that a run goes on and is not followed any more.
var ErrLeft = launch.ErrLetGo

// WasLeft says whether the run goes on, and is not followed any more, or never was.
func (s State) WasLeft() bool { return errors.Is(s.Cause, ErrLeft) }

// attend follows a detached run until it has ended, or ctx has. Its output becomes that of a run of this podtracer.
func (r *run) attend(ctx context.Context, launcher launch.Launcher) {
	defer close(r.done)
	asked := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	decoding, endDecoding := context.WithCancel(context.WithoutCancel(ctx))
	defer endDecoding()
	into := &spoolWriter{run: r, stop: stop}
	var readers, watchers sync.WaitGroup
	watchers.Go(func() { r.sample(ctx, stop) }) // ends with ctx
	watchers.Go(func() { r.passStop(ctx) })     // ends with ctx
	r.read(decoding, &readers, launcher)

	var last *detached.Standing // at its end
	words := &beside{Writer: r.notes}
	err := r.request.Elsewhere.Follow(ctx, into, words, func(now detached.Standing, ended bool) {
		if ended {
			last = &now
		}
		r.stands(now, ended)
	})
	left := context.Cause(ctx)
	r.spool.Finish()
	stop(nil)
	watchers.Wait()
	if left != nil { // ctx has ended
		asked = ctx
	}
	finishReading(asked, &readers, endDecoding)
	r.notes.Flush()
	r.lines.End()
	words.endLine()
	r.update(func(s *State) { s.Beside = words.said })
	r.endFollowed(last, left, err)
}

// beside passes on what is said beside the output of a run elsewhere, and counts what of it podtracer does not say itself.
type beside struct {
	io.Writer
	said   int64 // bytes of whole lines
	begins []byte
	length int64 // of the line that has begun
}

// ours are the beginnings of podtracer's own lines.
var ours = []string{"podtracer: ", "  hint: "}

func (b *beside) Write(p []byte) (int, error) {
	n, err := b.Writer.Write(p)
	for line := range bytes.Lines(p[:n]) {
		const enough = 16 // bytes, to know whose line it is
		b.begins = append(b.begins, line[:min(len(line), enough-len(b.begins))]...)
		b.length += int64(len(line))
		if bytes.HasSuffix(line, []byte("\n")) {
			b.endLine()
		}
	}
	return n, err
}

func (b *beside) endLine() {
	if !slices.ContainsFunc(ours, func(begins string) bool { return strings.HasPrefix(string(b.begins), begins) }) {
		b.said += b.length
	}
	b.begins, b.length = b.begins[:0], 0
}

// passStop passes the wish to stop the run on.
func (r *run) passStop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.halt:
			r.stopping()
			if err := r.request.Elsewhere.Stop(ctx); err != nil && ctx.Err() == nil {
				r.notice("the run could not be stopped: " + hint.Line(err))
			}
		}
	}
}

// aLot is how many bytes have to be missing here before a person is told of it.
const aLot = 1 << 20

// stands takes over how the run stands where it goes on.
func (r *run) stands(now detached.Standing, ended bool) {
	kept, _ := r.spool.Get()
	r.update(func(s *State) {
		if err := s.take(now, ended); err != nil {
			return // it is that of another podtracer; the output is what matters
		}
		if now.Ring > 0 && !ended { // what is in the ring comes at its end
			s.Bytes, s.Packets = now.Bytes, now.Packets
			return
		}
		s.Away = launch.Away{}
		if behind := now.Bytes - kept.End.Offset; behind > aLot && !ended {
			s.Away = launch.Away{Node: s.Pod.Node, Bytes: behind}
		}
	})
}

// endFollowed ends a run that was followed. left is why it was let go; nil if it has ended.
func (r *run) endFollowed(last *detached.Standing, left, err error) {
	count := r.lines.Count()
	kept, _ := r.spool.Get()
	missing := left == nil && errors.Is(err, spool.ErrMissing)
	r.update(func(s *State) {
		if last != nil {
			_ = s.take(*last, true) // what came of the output has changed it
		}
		s.Phase, s.Away, s.Lines = Ended, launch.Away{}, count
		if s.Ended.IsZero() {
			s.Ended = time.Now()
		}
		s.Bytes, s.Packets = kept.End.Offset+s.Counters.AgedOutBytes, kept.End.Packets+s.Counters.AgedOut
		switch {
		case errors.Is(left, context.Canceled), errors.Is(left, ErrAsked): // podtracer ends
			s.Cause = ErrLeft
		case left != nil: // the disk here
			s.Cause = fmt.Errorf("%w: %w", ErrLeft, left)
		case missing: // how the run ended is known nevertheless
			s.Losses = append(s.Losses[:len(s.Losses):len(s.Losses)], report.Loss{Kind: report.LostToDisk, Detail: err.Error()})
		case err != nil && s.Err == nil:
			s.Err = err
		}
		if s.Cause != nil && errors.Is(s.Cause, ErrLeft) || err != nil && left == nil && !missing {
			s.Losses = append(s.Losses[:len(s.Losses):len(s.Losses)], report.Loss{Kind: report.LostWithUs, Detail: "what came later is not here"})
		}
	})
	if err == nil || left != nil { // nothing is lost with the copy
		r.saved.Store(true)
	}
	if state, _ := r.state.Get(); state.Bytes > 0 {
		r.label(state)
	}
}

// kinds are the names by which errors travel that somebody asks the kind of.
var kinds = map[string]error{
	"asked": ErrAsked, "timer": ErrTimer, "min-free": ErrMinFree, "frozen": ErrFrozen, "blind": ErrBlind, "pod-gone": ErrPodGone,
	"renewed": ErrRenewed, "spool": ErrSpool, "stream": ErrStream, "max-size": spool.ErrMaxSize, "max-packets": spool.ErrMaxPackets,
	"not-installed": command.ErrNotInstalled, "not-executable": command.ErrNotExecutable,
}

// Standing is the state as it travels to a console that attaches.
func (s State) Standing() (detached.Standing, error) {
	label, err := s.record("").Encode()
	return detached.Standing{
		Label: label, Phase: int(s.Phase), Bytes: s.Bytes, Packets: s.Packets, Ring: s.Ring.Size, Headers: s.Headers,
		HostNetwork: s.Pod.HostNetwork,
		Limits:      detached.Limits{Timer: s.Limits.Timer, Size: s.Limits.Size, Packets: s.Limits.Packets},
		Exit:        s.Exit, Cause: toldOf(s.Cause), Err: toldOf(s.Err), Notices: s.Notices, Frozen: s.Frozen,
	}, err
}

func toldOf(err error) detached.Told {
	if err == nil {
		return detached.Told{}
	}
	t := detached.Told{Text: err.Error(), Hint: hint.Of(err)}
	for name, kind := range kinds {
		if errors.Is(err, kind) {
			t.Kind = name
		}
	}
	return t
}

// told is an error that came from elsewhere.
type told struct {
	text string
	kind error // may be nil
}

func (t told) Error() string { return t.text }
func (t told) Unwrap() error { return t.kind }

func errorOf(t detached.Told) error {
	if t == (detached.Told{}) {
		return nil
	}
	if err := error(told{t.Text, kinds[t.Kind]}); t.Hint != "" {
		return hint.Add(err, t.Hint)
	} else {
		return err
	}
}

// bounded are counters of which two can be added, whatever somebody else says.
func bounded(c report.Counters) report.Counters {
	for _, n := range []*uint64{&c.Received, &c.KernelDropped, &c.InterfaceDropped} {
		*n = uint64(detached.Amount(int64(min(*n, math.MaxInt64))))
	}
	c.AgedOut, c.AgedOutBytes = detached.Amount(c.AgedOut), detached.Amount(c.AgedOutBytes)
	return c
}

// take adds to the state of a run that is followed how it stands where it goes on. Bytes, packets and lines are those that have come.
func (s *State) take(now detached.Standing, ended bool) error {
	if ended {
		s.Exit, s.Cause, s.Err = now.Exit, errorOf(now.Cause), errorOf(now.Err)
	}
	if len(now.Label) == 0 {
		return nil
	}
	r, err := report.Decode(now.Label)
	if err != nil {
		return err
	}
	notShown := s.Counters.NotShown // here
	s.Pod, s.Argv, s.Created, s.Began, s.Device = r.Pod, r.Argv, r.Created, r.Began, r.Device
	s.Counters, s.Counters.NotShown = bounded(r.Counters), notShown
	s.Pod.HostNetwork = now.HostNetwork
	s.Losses, s.Notices = r.Losses, now.Notices
	s.Ring.Size, s.Headers, s.Frozen = now.Ring, now.Headers, now.Frozen
	s.Limits = Limits{Timer: now.Limits.Timer, Size: now.Limits.Size, Packets: now.Limits.Packets}
	s.Phase = min(max(Phase(now.Phase), Starting), Stopping)
	if ended {
		s.Ended = r.Ended
	}
	return nil
}
