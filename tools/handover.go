package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
)

// Handover is a run that somebody else is to own from now on: what it takes to go on with its tool, from the first byte.
type Handover struct {
	Pod     k8s.Pod
	Name    string       // of the tool on another node
	Grip    *launch.Grip // of the tool on this node; nil on another node
	Kept    *os.File     // what the tool on this node has written
	Argv    []string
	Limits  Limits // the timer is what is left of it
	Ring    Ring
	Headers bool
	Packets bool
	Live    bool
	Merged  bool // its standard error is in its output
	Since   time.Time

	Placed func(place string) // is told where it goes on, as Detached.Place
}

// Heir is a process that goes on with a tool of this node, once this podtracer has let go.
type Heir interface {
	// Begin passes on what is known of the tool: of what it has written, how many bytes came through this podtracer, and what it has said.
	Begin(size int64, words []byte) error
	// GiveUp ends the process: the tool has ended.
	GiveUp()
}

// HandOver hands a run over: to has somebody else follow its tool on another node, and returns when that has begun; or it prepares an heir
// for a tool of this node. Then this podtracer lets go, and its run ends with ErrLeft. What has come of it is not kept. If to fails,
// nothing has changed.
//
// Errors: a run that cannot be handed over, or is being handed over, with a hint; those of to; an heir that cannot begin, whose tool is ended.
func (r *Runs) HandOver(ctx context.Context, id RunID, to func(context.Context, Handover) (Heir, error)) error {
	run, done, err := r.hold(id)
	if err != nil {
		return err
	}
	defer done()
	state, _ := run.state.Get()
	if err := state.CanBeHandedOver(); err != nil {
		return err
	}
	if !run.shared.CompareAndSwap(false, true) {
		return errHanding
	}
	over, err := run.handover(state)
	if over.Kept != nil {
		defer over.Kept.Close()
	}
	var heir Heir
	if err == nil {
		heir, err = to(ctx, over)
	}
	if err != nil {
		run.shared.Store(false)
		return err
	}
	run.stop(ErrLeft)
	<-run.done
	run.labelPart()
	if heir == nil {
		return nil
	}
	if state, _ := run.state.Get(); !state.WasLeft() {
		heir.GiveUp()
		return fmt.Errorf("it has ended meanwhile: %s", state.Outcome())
	}
	size := max(run.spool.Size(), run.spool.SizeOnDisk()) // a part of a packet is on the disk only; and the file may have been cut short
	if err := heir.Begin(size, run.transcript.Bytes()); err != nil {
		run.dropped(err)
		r.publish()
		return err
	}
	run.labelPart()
	return nil
}

// labelPart says in the label of a run that was handed over that what is here is a part, and where all of it is: if this podtracer is
// killed, nothing else does.
func (r *run) labelPart() {
	state, _ := r.state.Get()
	if !state.WasLeft() {
		return
	}
	part := report.Loss{Kind: report.LostToHandover, Detail: "the run went on without this podtracer, and what came later is not here"}
	if place := r.place.Load(); place != nil {
		part.Detail += ": " + *place + " has all of it"
	}
	state.Losses = append(slices.Clone(state.Losses), part)
	r.label(state)
}

// handover is what it takes to go on with the tool.
func (r *run) handover(s State) (Handover, error) {
	req := r.request
	over := Handover{
		Pod: req.Pod, Argv: req.Argv, Limits: req.Limits, Ring: req.Ring, Headers: req.Headers, Packets: req.Packets,
		Live: r.plan.Live, Merged: !r.plan.Capture && req.Stderr == nil, Since: s.Began,
		Placed: func(place string) { r.place.Store(&place) },
	}
	if over.Limits.Timer > 0 {
		over.Limits.Timer = max(time.Second, time.Until(s.Began.Add(over.Limits.Timer)))
	}
	if s.Remote {
		over.Name = *r.name.Load()
		return over, nil
	}
	err := r.disk.Check(-r.spool.Size() - heirsRoom)
	if err != nil {
		return over, hint.Add(fmt.Errorf("there is no room for a copy of what it has written, in %s: %w", r.dir.Path(), err), "free some space; it goes on here")
	}
	over.Grip = r.grip.Load()
	over.Kept, err = r.dir.Session().OpenFile(r.spool.Name(), os.O_RDONLY)
	return over, err
}

// heirsRoom is what an heir needs on the disk besides a copy of the output, in bytes.
const heirsRoom = 1 << 20

// dropped notes that nobody goes on with the tool, which its guard ends.
func (r *run) dropped(err error) {
	r.grip.Load().Gone()
	r.saved.Store(false)
	r.update(func(s *State) {
		s.Cause, s.Err = nil, fmt.Errorf("hand it over: %w", err)
		s.Losses = append(slices.Clone(s.Losses), report.Loss{Kind: report.LostByKill, Detail: "the tool was ended, because it could not be handed over"})
	})
	state, _ := r.state.Get()
	r.label(state)
}

// wasHandedOver says whether somebody else owns the run now. What has come of it until then is a part.
func (r *run) wasHandedOver() bool {
	state, _ := r.state.Get()
	return !state.IsDetached() && state.WasLeft()
}

var errHandedOver = hint.Add(errors.New("the run goes on without this console, and what is here is a part of its output"),
	"the list of runs (r) shows it, and the command attach")

// errHanding refuses what whoever takes a run over would not know of.
var errHanding = hint.Add(errors.New("it is being handed over"), "wait a moment")

var errHeldBack = hint.Add(errors.New("a ring, and a capture of headers only, cannot be handed over on podtracer's own node"),
	"the command run starts one with --detach that goes on without a console")

// CanBeHandedOver says why a run cannot be handed over; nil if it can, or if that is not known yet.
func (s State) CanBeHandedOver() error {
	switch {
	case s.IsDetached():
		return errors.New("it is a detached run: it goes on without a console")
	case s.Phase == Starting:
		return hint.Add(errors.New("it has not started yet"), "wait a moment")
	case s.Phase != Running:
		return fmt.Errorf("it does not go on: %s", s.Outcome())
	case s.Whole:
		return hint.Add(errors.New("its tool has the whole terminal, and waits for somebody who types"), "x stops it")
	case !s.Remote && (s.Ring.Size > 0 || s.Headers):
		return errHeldBack
	case !s.Remote && !s.Held: // it is being started
		return hint.Add(errors.New("it has not started yet"), "wait a moment")
	case s.Frozen != "":
		return hint.Add(errors.New("its ring is frozen: it ends soon"), "s saves it then")
	default:
		return nil
	}
}
