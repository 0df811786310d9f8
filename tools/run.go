package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
)

// run is one tool in one pod, from Starting to Ended.
type run struct {
	request Request
	plan    plan
	spool   *spool
	lines   lines
	notes   *lineWriter // what the tool and podtracer say beside the output
	state   latest.Value[State]
	stop    context.CancelCauseFunc // with the reason
	done    chan struct{}           // closed when nothing of the run is left but its output
}

// execute runs the tool to its end. It ends with ctx, whose cause says why, and never sooner than the tool.
func (r *run) execute(ctx context.Context, launcher Launcher, pods Pods) {
	defer close(r.done)
	asked := ctx
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.request.Timer > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.request.Timer, ErrTimer)
		defer cancel()
	}
	decoding, endDecoding := context.WithCancel(context.WithoutCancel(ctx)) // the readers go on after a stop
	defer endDecoding()
	launched, endLaunch := context.WithCancel(context.WithoutCancel(ctx))
	defer endLaunch()
	var readers, watchers sync.WaitGroup
	watchers.Go(func() { watchPod(ctx, pods, r.request, stop) }) // ends with ctx
	watchers.Go(func() { r.settle(ctx, launched, endLaunch) })   // ends with ctx or launched, and soon
	r.read(decoding, &readers, launcher)

	exit, err := launcher.Launch(launched, r.request.Pod, r.plan.tool, r.streams(stop))
	endLaunch()
	if began := r.phase() != Starting; err != nil && ctx.Err() != nil && !began {
		exit.Stopped, err = true, nil
	}
	cause := r.stopCause(ctx, exit)
	r.spool.finish()
	stop(nil)
	watchers.Wait()
	if cause != nil {
		asked = ctx // which has ended
	}
	finishReading(asked, &readers, endDecoding)
	r.explainFailure(exit)
	r.notes.flush()
	r.lines.end()
	r.end(exit, cause, err)
}

// How long a tcpdump is left alone after a stop. What came before waits in the kernel, for up to a second unless tcpdump
// is in immediate mode, and tcpdump forgets it when it is interrupted.
const (
	settleMost  = 1100 * time.Millisecond
	settleQuiet = 200 * time.Millisecond // in immediate mode, when nothing comes any more
)

// settle passes the end of ctx on to a tool when that has written what it had to write before.
func (r *run) settle(ctx, launched context.Context, endLaunch func()) {
	defer endLaunch()
	select {
	case <-ctx.Done():
	case <-launched.Done():
		return
	}
	cause := context.Cause(ctx)
	if !isTcpdump(r.plan.tool) || r.phase() != Running || errors.Is(cause, ErrSpool) || errors.Is(cause, ErrMaxSize) {
		return
	}
	r.stopping()
	quiet := settleMost
	if r.plan.decoder != nil {
		quiet = settleQuiet
	}
	most, cancel := context.WithTimeout(launched, settleMost)
	defer cancel()
	for grown := true; grown; {
		_, version := r.spool.state.Get()
		ctx, cancel := context.WithTimeout(most, quiet)
		_, _, err := r.spool.state.Next(ctx, version)
		cancel()
		grown = err == nil
	}
}

// finishReading waits for what reads along. It may take its time until asked ends: then the decoder, which may be waiting
// for names that nobody knows, gets lateText and is ended.
func finishReading(asked context.Context, readers *sync.WaitGroup, endDecoding func()) {
	const lateText = 2 * time.Second
	read := make(chan struct{})
	go func() { // ends with the readers
		readers.Wait()
		close(read)
	}()
	select {
	case <-read:
		return
	case <-asked.Done():
	}
	select {
	case <-read:
	case <-time.After(lateText):
		endDecoding()
		<-read
	}
}

// Pods tells what becomes of a pod.
type Pods interface {
	// Gone waits until the pod is no more and says why; its error is that of ctx.
	Gone(ctx context.Context, pod Pod) (string, error)
}

func watchPod(ctx context.Context, pods Pods, r Request, stop context.CancelCauseFunc) {
	if reason, err := pods.Gone(ctx, r.Pod); err == nil {
		stop(fmt.Errorf("%w: %s %s", ErrPodGone, r.Pod, reason))
	}
}

// stopCause says why the tool was stopped; nil if it ended by itself before anything stopped it, and all that it wrote
// was kept.
func (r *run) stopCause(ctx context.Context, exit Exit) error {
	if err := r.spool.failed(); err != nil {
		return fmt.Errorf("%w: %w", ErrSpool, err)
	}
	if !exit.Stopped {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return ErrAsked // all of podtracer ends
}

// streams connects the tool: what it writes goes to the spool, and a failing or full spool stops it.
func (r *run) streams(stop context.CancelCauseFunc) Streams {
	s := Streams{
		Stdin:    r.request.Stdin,
		Stdout:   &spoolWriter{run: r, stop: stop},
		Stderr:   r.request.Stderr,
		Terminal: r.request.Terminal,
		Keys:     r.request.Keys,
		Sizes:    r.request.Sizes,
		Started:  func() { r.update(func(s *State) { s.Phase, s.Began = Running, time.Now() }) },
		Stopping: r.stopping,
	}
	switch {
	case r.request.Keys != nil:
		s.Stdin, s.Stderr = nil, nil
	case r.request.Text && r.plan.capture:
		s.Stderr, s.Terminal = r.notes, nil
	case r.request.Text && s.Terminal == nil:
		s.Terminal = &Size{80, 24} // text that somebody reads along must not wait in a buffer
	}
	return s
}

// spoolWriter takes the tool's output into the spool and counts it.
type spoolWriter struct {
	run  *run
	stop context.CancelCauseFunc
}

func (w *spoolWriter) Write(p []byte) (int, error) {
	n, err := w.run.spool.Write(p)
	size := w.run.spool.size()
	w.run.update(func(s *State) { s.Bytes = size })
	if err != nil {
		w.stop(fmt.Errorf("%w: %w", ErrSpool, err))
	} else if limit := w.run.request.MaxSize; limit > 0 && size >= limit {
		w.stop(ErrMaxSize)
	}
	return n, err
}

// read starts what reads along: a counter of packets, and what makes lines. They end with the spool, the decoder also
// with decoding.
func (r *run) read(decoding context.Context, readers *sync.WaitGroup, launcher Launcher) {
	whole := context.WithoutCancel(decoding)
	if r.plan.capture {
		readers.Go(func() { r.countPackets(r.spool.follow(whole)) })
	}
	if !r.request.Text {
		return
	}
	readers.Go(func() {
		if r.plan.decoder != nil {
			r.decode(decoding, launcher)
			return
		}
		text := r.lines.writer(false)
		r.countLines(text, r.spool.follow(whole))
		text.flush()
	})
}

// countLines copies text into lines, and lets their number be seen.
func (r *run) countLines(to *lineWriter, from io.Reader) {
	if _, err := io.Copy(lineCounter{to, r}, from); err != nil {
		r.note("the output could not be read back: " + err.Error())
	}
}

type lineCounter struct {
	*lineWriter
	run *run
}

func (c lineCounter) Write(p []byte) (int, error) {
	n, err := c.lineWriter.Write(p)
	count := c.lines.count()
	c.run.update(func(s *State) { s.Lines = count })
	return n, err
}

// explainFailure says what a tool that failed was missing, which its own words seldom do.
func (r *run) explainFailure(exit Exit) {
	state, _ := r.state.Get()
	missing := missingCapability(state.Tool())
	if missing == "" || exit.Stopped || exit.Code <= 0 || r.request.Stderr == nil && !r.request.Text {
		return
	}
	text := missing + " is missing here, which " + state.Tool() + " needs"
	advice := "run podtracer as root, or add it to the container's securityContext.capabilities"
	if r.request.Text {
		r.note(text + "; hint: " + advice)
		return
	}
	fmt.Fprintf(r.request.Stderr, "podtracer: %s\n  hint: %s\n", text, advice)
}

// note says something beside the output.
func (r *run) note(text string) { r.lines.add([]string{"podtracer: " + text}, true) }

func (r *run) phase() Phase {
	state, _ := r.state.Get()
	return state.Phase
}

func (r *run) stopping() { r.update(func(s *State) { s.Phase = Stopping }) }

func (r *run) end(exit Exit, cause, err error) {
	count := r.lines.count()
	r.update(func(s *State) {
		s.Phase, s.Ended, s.Exit, s.Cause, s.Err, s.Lines = Ended, time.Now(), exit, cause, err, count
	})
}

func (r *run) update(f func(*State)) {
	r.state.Update(func(s State) State {
		f(&s)
		return s
	})
}
