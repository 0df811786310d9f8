package agent

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// Attachment follows a detached run for a console.
type Attachment struct {
	away *Away
	id   string
	ring bool
}

// Attach returns what follows a detached run. Follow closes the connection.
func (a *Away) Attach(run detached.About) *Attachment {
	return &Attachment{a, run.ID, run.Ring}
}

const lookAtStanding = time.Second // how often it is asked how a run stands

// Follow passes on what a detached run writes, and how it stands. What is in a ring comes when the run has ended.
//
// Errors: those of out; an outage that was too long; ErrGone; errDiffers; spool.ErrMissing.
func (t *Attachment) Follow(ctx context.Context, out, words io.Writer, stands func(now detached.Standing, ended bool)) error {
	defer t.away.Close()
	run, err := t.ask(ctx)
	if err != nil {
		return err
	}
	t.tell(run, stands)
	over := run.Over()
	following, stop := context.WithCancel(ctx)
	defer stop()
	var streams sync.WaitGroup
	failed := make(chan error, 2)
	streams.Go(func() { // ends with the run, or with ctx
		_, err := t.away.Follow(following, Words, t.id, words)
		failed <- err
	})
	all := newReception(Out+"/"+t.id, &firm{Writer: out})
	if !t.ring && !run.Killed {
		streams.Go(func() { // ends with the run, or with ctx
			err := t.away.again(following, &all.at, func(ctx context.Context) error { return t.away.receive(ctx, all, all.to.(*firm)) })
			if err != nil && !errors.Is(err, spool.ErrMissing) { // else the rest is worth waiting for: what is said, and how it ends
				stop()
			}
			failed <- err
		})
	}
	for !over && following.Err() == nil {
		pause.For(following, lookAtStanding)
		if run, err = t.ask(following); err != nil {
			break
		}
		if over = run.Over(); !over {
			t.tell(run, stands)
		}
	}
	if err != nil {
		stop()
	}
	streams.Wait()
	close(failed)
	var errs []error
	for one := range failed {
		errs = append(errs, one)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		if over {
			t.tell(run, stands)
		}
		return err
	}
	record, err := t.complete(ctx, run, all, out)
	if record != nil && run.Standing != nil && (run.Killed || t.ring && record.Lost()) { // what its process could not say any more, or did not know
		if label, err := record.Encode(); err == nil {
			run.Standing.Label = label
		}
	}
	if record != nil && run.Standing != nil && run.Killed {
		run.Standing.Err = detached.Told{Text: "its podtracer was killed"}
	}
	t.tell(run, stands)
	return err
}

// ask asks how the run stands, over as many connections as it takes.
func (t *Attachment) ask(ctx context.Context) (run detached.About, err error) {
	at := int64(0)
	err = t.away.again(ctx, &at, func(ctx context.Context) (err error) {
		reply, err := t.away.keeper.Detached(ctx, &wire.DetachedRequest{})
		if err == nil {
			run, err = runIn(reply, t.id)
		}
		return err
	})
	return run, err
}

func (t *Attachment) tell(run detached.About, stands func(now detached.Standing, ended bool)) {
	switch {
	case run.Standing != nil:
		stands(*run.Standing, run.Over())
	case run.Over(): // it never ran
		stands(detached.Standing{Err: detached.Told{Text: run.Stands}}, true)
	}
}

// complete fetches what has not come of a run that has ended, and compares what has come with what is kept there. It returns what is known
// of that; nil if nothing is kept.
func (t *Attachment) complete(ctx context.Context, run detached.About, all *reception, out io.Writer) (*report.Record, error) {
	kept, err := t.away.About(ctx, t.id)
	if errors.Is(err, store.ErrNotFound) && !run.Wrote() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if t.ring || run.Killed {
		_, err := t.away.Fetch(ctx, kept, &behind{out, all.at})
		return kept.Record, err
	}
	if err := Missing(run, all.at); err != nil {
		return kept.Record, err
	}
	var sent *wire.SumReply
	err = t.away.again(ctx, &all.at, func(ctx context.Context) (err error) {
		sent, err = t.away.keeper.Sum(ctx, &wire.AboutRequest{Name: t.id})
		return err
	})
	if err == nil && sent.GetFailure() != nil {
		err = errorOf(sent.GetFailure())
	}
	if err != nil {
		return nil, err
	}
	return kept.Record, all.check(sent.GetStream())
}

// behind is a writer that has some bytes already.
type behind struct {
	io.Writer
	has int64
}

func (b *behind) Write(p []byte) (int, error) {
	skipped := min(b.has, int64(len(p)))
	b.has -= skipped
	if int(skipped) == len(p) {
		return len(p), nil
	}
	n, err := b.Writer.Write(p[skipped:])
	return int(skipped) + n, err
}

// Stop asks for the end of the run.
func (t *Attachment) Stop(ctx context.Context) error { return t.away.Stop(ctx, t.id) }
