package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/spool"
)

// How long tcpdump is left alone after a stop. Packets wait in the kernel for up to a second unless tcpdump is in immediate
// mode, and tcpdump drops them when it is interrupted.
const (
	settleMost  = 1100 * time.Millisecond
	settleQuiet = 200 * time.Millisecond // in immediate mode, once nothing comes any more

	// For a tool on another node whose connection is being dialled again: what has arrived there is not known before. Whoever has asked for the
	// end waits for it, and a timer does not.
	settleAway  = time.Minute
	settleAsked = 10 * time.Second
	foundOut    = 25 * time.Second // in which it is noticed that its connection carries nothing any more
)

// settle passes the end of ctx on to tcpdump once tcpdump has written the packets that came before.
func (r *run) settle(ctx, launched context.Context, endLaunch context.CancelCauseFunc) {
	defer func() { endLaunch(context.Cause(ctx)) }()
	select {
	case <-ctx.Done():
	case <-launched.Done():
		return
	}
	if !command.IsTcpdump(r.plan.Tool) || r.phase() != Running || enough(context.Cause(ctx)) {
		return
	}
	r.stopping()
	if !r.answers(launched, context.Cause(ctx)) {
		return
	}
	quiet := settleMost
	if r.plan.Live {
		quiet = settleQuiet
	}
	most, cancel := context.WithTimeout(launched, settleMost)
	defer cancel()
	for grown := true; grown; {
		_, version := r.spool.Get()
		ctx, cancel := context.WithTimeout(most, quiet)
		_, _, err := r.spool.Next(ctx, version)
		cancel()
		grown = err == nil
	}
	catchingUp, done := context.WithTimeout(launched, settleMost)
	defer done()
	r.backlog.CatchUp(catchingUp)
}

// answers asks a tcpdump that is to stop, for that reason, how far it is, when it can be asked, and says whether it has answered, if it captures
// and is known to. One that could not be reached is asked all the same, so that its verdict knows of a question without an answer.
func (r *run) answers(launched context.Context, why error) bool {
	for {
		reached := r.awaitReach(launched, why)
		if s, _ := r.state.Get(); !s.Capture || !s.Counters.Known || r.askAtStop(launched) {
			return true
		}
		if !reached || asked(why) || !r.loses(launched) {
			return false
		}
	}
}

// awaitReach waits for a tool on another node that cannot be asked in this moment, and is to stop for that reason. It says whether it can be
// asked then.
func (r *run) awaitReach(launched context.Context, why error) bool {
	most := settleAway
	if asked(why) {
		most = settleAsked
	}
	ctx, cancel := r.unhurried(launched, most)
	defer cancel()
	s, version := r.state.Get()
	if !s.Away.Since.IsZero() {
		r.notice(fmt.Sprintf("%s cannot be reached; waiting up to %s to learn how far %s has come there", s.Away.Node, figures.Duration(most), s.Tool()))
	}
	for err := error(nil); err == nil && !s.Away.Since.IsZero(); {
		s, version, err = r.state.Next(ctx, version)
	}
	now, _ := r.state.Get()
	return now.Away.Since.IsZero()
}

// asked says whether somebody has asked for the end: of the run, or of podtracer.
func asked(why error) bool { return errors.Is(why, ErrAsked) || errors.Is(why, context.Canceled) }

// loses waits for the news that a tool on another node cannot be reached, and says whether it came: a network that swallows a question is found
// out by the beats that do not come.
func (r *run) loses(launched context.Context) bool {
	ctx, cancel := r.unhurried(launched, foundOut)
	defer cancel()
	s, version := r.state.Get()
	for err := error(nil); err == nil && s.Remote && s.Away.Since.IsZero(); {
		s, version, err = r.state.Next(ctx, version)
	}
	now, _ := r.state.Get()
	return !now.Away.Since.IsZero()
}

// unhurried returns a context that ends after that time, or when nobody wants to wait any longer.
func (r *run) unhurried(launched context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(launched, most)
	go func() { // ends with ctx
		select {
		case <-ctx.Done():
		case <-r.request.Hurried:
			cancel()
		}
	}()
	return ctx, cancel
}

// askAtStop asks a tcpdump that is to stop how far it is, and says whether it has answered.
func (r *run) askAtStop(launched context.Context) bool {
	ctx, cancel := context.WithTimeout(launched, settleMost+settleQuiet)
	defer cancel()
	return r.backlog.AskAtStop(ctx)
}

// enough says whether cause means that whatever the tool writes from now on cannot be kept, or is not for this run.
func enough(cause error) bool {
	for _, limit := range []error{ErrSpool, ErrStream, spool.ErrMaxSize, spool.ErrMaxPackets, ErrMinFree, ErrFrozen, ErrBlind, ErrLeft} {
		if errors.Is(cause, limit) {
			return true
		}
	}
	return false
}

// awaitGone waits up to lateGone for the news that the pod is gone: its interface, whose loss ends a capture, goes before the
// API says so.
func awaitGone(ctx context.Context) { pause.For(ctx, lateGone) }

const lateGone = 5 * time.Second

// stopCause says why the tool was stopped. It is nil if the tool ended by itself before anything stopped it, and all its output
// was kept.
func (r *run) stopCause(ctx context.Context, exit launch.Exit) error {
	if err := r.spool.Failed(); err != nil {
		return fmt.Errorf("%w: %w", ErrSpool, err)
	}
	gone := errors.Is(context.Cause(ctx), ErrPodGone) || errors.Is(context.Cause(ctx), ErrRenewed)
	lostPod := exit.Code > 0 && r.captures() && gone
	if !exit.Stopped && !lostPod {
		return nil
	}
	switch cause := context.Cause(ctx); {
	case cause == nil && exit.Stopped:
		return ErrStopped
	case !errors.Is(cause, context.Canceled):
		return cause
	default:
		return ErrAsked // podtracer ends
	}
}
