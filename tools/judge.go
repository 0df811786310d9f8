package tools

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
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
	case exit.Signal != 0 && !exit.Stopped && r.plan.Capture:
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
			r.loseBacklog(s, exit)
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
	missing := max(0, r.told.wrote-s.Packets)
	if r.backlog.done && missing == 1 { // the interrupt has broken off its write, and it came behind the stop
		return 0
	}
	return missing
}
