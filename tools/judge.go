package tools

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// lose notes packets that are missing. More of a kind that is known already keep the time at which it began.
func (s *State) lose(l report.Loss) {
	if l.Count == 0 {
		return
	}
	losses := slices.Clone(s.Losses) // others may be reading them
	i := slices.IndexFunc(losses, func(known report.Loss) bool { return known.Kind == l.Kind })
	if i < 0 {
		s.Losses = append(losses, l)
		return
	}
	losses[i].Count = l.Count
	s.Losses = losses
}

// judge notes, at the end of a run, what is missing for other reasons than drops. cutOff says how its stream stops short.
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
	case exit.Signal != 0 && !exit.Stopped && r.plan.Capture:
		add(report.LostByKill, tool+" died of "+signalName(exit.Signal))
	case exit.Code > 0 && !exit.Stopped && cause == nil && r.plan.Capture:
		add(report.LostByFailure, tool+" ended with an error")
	}
	ended := slices.ContainsFunc(more, func(l report.Loss) bool { return l.Kind == report.LostByKill }) // which says it already
	failed := exit.Code > 0 && !exit.Stopped && r.spool.Size() == 0                                     // its own words say why nothing came
	if r.plan.Capture && cutOff != "" && !ended && !failed && err == nil {
		add(report.LostInStream, cutOff)
	}
	r.update(func(s *State) {
		s.Losses = append(slices.Clone(s.Losses), more...)
		s.lose(report.Loss{Kind: report.LostToDisk, Count: r.unwritten(*s), Detail: "that " + tool + " captured are not in what it wrote"})
		if unread := r.unread(*s, exit); unread > 0 && err == nil {
			s.lose(report.Loss{Kind: report.LostByEnd, Count: unread, Detail: "had arrived and were not yet read when somebody else ended " + tool})
		}
	})
}

// unread is how many packets the kernel had for a tool that somebody else ended. On lo and any the kernel's count is another.
func (r *run) unread(s State, exit launch.Exit) int64 {
	c := s.Counters
	byItself := exit.Stopped || exit.Signal != 0 || exit.Code != 0 || r.plan.Ends
	if byItself || !r.plan.Capture || !c.Known || s.Device == "lo" || s.Device == "any" || s.Device == "" {
		return 0
	}
	return int64(c.Received) - int64(c.KernelDropped) - s.Packets
}

// unwritten is how many packets the tool counted and did not write, unless something else says already why some are missing. tcpdump
// does not look whether its writes succeed: one that fails, and comes between whole packets, leaves no other trace.
func (r *run) unwritten(s State) int64 {
	explained := slices.ContainsFunc(s.Losses, func(l report.Loss) bool {
		return l.Kind == report.LostToDisk || l.Kind == report.LostInStream || l.Kind == report.LostByKill
	})
	if now, _ := r.spool.Get(); explained || now.Full != nil || !r.plan.Capture { // what is behind a limit is not wanted
		return 0
	}
	return max(0, r.told.wrote-s.Packets)
}
