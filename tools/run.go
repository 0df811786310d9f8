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
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if r.request.Timer > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.request.Timer, ErrTimer)
		defer cancel()
	}
	ended, end := context.WithCancel(context.WithoutCancel(ctx)) // the readers go on after a stop, to the last byte
	var readers, watchers sync.WaitGroup
	watchers.Go(func() { watchPod(ctx, pods, r.request, stop) }) // ends with ctx
	r.read(ended, &readers, launcher)

	exit, err := launcher.Launch(ctx, r.request.Pod, r.plan.tool, r.streams(stop))
	if err != nil && ctx.Err() != nil { // it was stopped before it began
		exit.Stopped, err = true, nil
	}
	cause := stopCause(ctx, exit)
	r.spool.finish()
	stop(nil)
	watchers.Wait()
	readers.Wait()
	end()
	r.end(exit, cause, err)
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

// stopCause says why the tool was stopped; nil if it ended by itself before anything stopped it.
func stopCause(ctx context.Context, exit Exit) error {
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
		Started:  func() { r.update(func(s *State) { s.Phase, s.Began = Running, time.Now() }) },
		Stopping: func() { r.update(func(s *State) { s.Phase = Stopping }) },
	}
	switch {
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

// read starts what reads along: a counter of packets, and what makes lines. They end with the spool.
func (r *run) read(ctx context.Context, readers *sync.WaitGroup, launcher Launcher) {
	if r.plan.capture {
		readers.Go(func() { r.countPackets(r.spool.follow(ctx)) })
	}
	if !r.request.Text {
		return
	}
	readers.Go(func() {
		defer r.lines.end()
		defer r.notes.flush()
		if r.plan.decoder != nil {
			r.decode(ctx, launcher)
			return
		}
		text := r.lines.writer(false)
		r.countLines(text, r.spool.follow(ctx))
		text.flush()
	})
}

// countLines copies text into lines, and lets their number be seen.
func (r *run) countLines(to *lineWriter, from io.Reader) {
	_, err := io.Copy(lineCounter{to, r}, from)
	if err != nil && !errors.Is(err, context.Canceled) {
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

// note says something beside the output.
func (r *run) note(text string) { r.lines.add([]string{"podtracer: " + text}, true) }

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
