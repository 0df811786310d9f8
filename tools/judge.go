package tools

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/tally"
)

// lose records missing packets. A loss of a kind that is already known is added to it and keeps the time at which it began.
func (s *State) lose(l report.Loss) {
	if l.Count == 0 {
		return
	}
	losses := slices.Clone(s.Losses) // others may be reading the old slice
	i := slices.IndexFunc(losses, func(known report.Loss) bool { return known.Kind == l.Kind })
	if i < 0 {
		s.Losses = append(losses, l)
		return
	}
	losses[i].Count = l.Count
	s.Losses = losses
}

// learn adds to the run's state what the tool has told of its capture.
func (r *run) learn(told tally.Told) {
	now := time.Now()
	if s, _ := r.state.Get(); s.Device != told.Device {
		r.want(launch.WishCounters)
	}
	r.update(func(s *State) {
		s.Device = told.Device
		c := &s.Counters
		c.Known, c.Received, c.KernelDropped, c.InterfaceDropped = told.Counters.Known, told.Counters.Received, told.Counters.KernelDropped, told.Counters.InterfaceDropped
		s.lose(report.Loss{Kind: report.LostInKernel, Count: int64(c.KernelDropped), Since: now, Detail: "dropped by the kernel"})
		s.lose(report.Loss{Kind: report.LostByInterface, Count: int64(c.InterfaceDropped), Since: now, Detail: "dropped by the interface"})
	})
}

// judge records, at the end of a run, what is missing for other reasons than drops. cutOff says how the stream is cut short.
func (r *run) judge(exit launch.Exit, cause, err error, cutOff string) {
	var more []report.Loss
	add := func(kind report.LossKind, detail string) {
		more = append(more, report.Loss{Kind: kind, Detail: detail})
	}
	tool := filepath.Base(r.plan.Tool[0])
	now, _ := r.spool.Get()
	switch limits := r.request.Limits; {
	case errors.Is(cause, ErrSpool):
		add(report.LostToDisk, cause.Error())
	case errors.Is(now.Full, spool.ErrMaxSize) && limits.Size == 0: // whatever stopped the tool first
		add(report.LostToSizeLimit, "cut at the default size limit of 1 GiB")
	case errors.Is(cause, ErrMinFree) && limits.MinFree == 0:
		add(report.LostToFreeSpace, cause.Error())
	}
	switch {
	case err != nil && r.phase() != Starting:
		add(report.LostByKill, err.Error())
	case exit.Killed:
		add(report.LostByKill, tool+" did not end when asked to and was killed")
	case exit.Signal != 0 && (!exit.Stopped || exit.Struck()) && r.plan.Capture:
		add(report.LostByKill, tool+" died of "+signalName(exit.Signal))
	case exit.Code > 0 && !exit.Stopped && cause == nil && r.plan.Capture:
		add(report.LostByFailure, tool+" ended with an error")
	}
	ended := slices.ContainsFunc(more, func(l report.Loss) bool { return l.Kind == report.LostByKill }) // LostByKill says it already
	failed := exit.Code > 0 && !exit.Stopped && r.spool.Size() == 0                                     // the tool says why
	if r.plan.Capture && cutOff != "" && !ended && !failed && err == nil {
		add(report.LostInStream, cutOff)
	}
	r.update(func(s *State) {
		s.Losses = append(slices.Clone(s.Losses), more...)
		s.lose(report.Loss{Kind: report.LostToDisk, Count: r.unwritten(*s), Detail: "captured by " + tool + " are missing from its output"})
		if err == nil && r.plan.Capture {
			r.loseBacklog(s, exit, cause)
		}
	})
}

// unwritten is how many packets the tool counted but did not write, or 0 if another loss explains them. tcpdump does not check
// whether its writes succeed: a write that fails between whole packets leaves no other trace.
func (r *run) unwritten(s State) int64 {
	explained := slices.ContainsFunc(s.Losses, func(l report.Loss) bool {
		return l.Kind == report.LostToDisk || l.Kind == report.LostInStream || l.Kind == report.LostByKill
	})
	if now, _ := r.spool.Get(); explained || now.Full != nil || !r.plan.Capture { // packets after a limit do not matter
		return 0
	}
	missing := max(0, r.told.Wrote()-s.Packets)
	if r.backlog.CaughtUp() && missing == 1 { // the interrupt has broken off its write, and it came behind the stop
		return 0
	}
	return missing
}

// loseBacklog records that tcpdump ended before it had read what had arrived. What arrives after the beginning of a stop is not
// missing. A tcpdump whose interface disappears with its pod ends at once, and throws away what the kernel still has for it.
func (r *run) loseBacklog(s *State, exit launch.Exit, cause error) {
	b, c := r.backlog, s.Counters
	now, _ := r.spool.Get()
	explained := slices.ContainsFunc(s.Losses, func(l report.Loss) bool {
		return l.Kind == report.LostToDisk || l.Kind == report.LostInStream || l.Kind == report.LostByKill
	})
	enough := r.plan.Ends > 0 && s.Packets >= r.plan.Ends
	if explained || enough || now.Full != nil {
		return
	}
	accepted := int64(c.Received) - int64(c.KernelDropped)
	sure, why := s.Device != "any" && b.Known(), " when somebody else ended tcpdump"
	atStop, answered := b.AtStop()
	kind := report.LostByEnd
	switch {
	case !exit.Stopped && exit.Code > 0 && cause != nil:
		kind, why = report.LostWithInterface, " when the pod's interface disappeared"
	case !exit.Stopped && (exit.Signal != 0 || exit.Code != 0), exit.Stopped && !b.Asked():
		return
	case exit.Stopped && answered:
		accepted, why = atStop, " when tcpdump was stopped"
	case exit.Stopped: // what has arrived after the beginning of the stop is counted, too
		sure, why = false, " when tcpdump, which did not respond, was stopped"
	}
	switch unread := b.Arrived(accepted) - s.Packets; {
	case unread <= 0:
	case sure:
		s.lose(report.Loss{Kind: kind, Count: unread, Detail: "had arrived and were not yet read" + why})
	default:
		s.Losses = append(slices.Clone(s.Losses), report.Loss{Kind: kind, Detail: "packets may have arrived that were not yet read" + why})
	}
}
