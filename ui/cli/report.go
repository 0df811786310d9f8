package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

// terminationLog is where the kubelet reads how a container ended, and no more than a report of one run may have.
const terminationLog = "/dev/termination-log"

// runReport is the report of a run while it grows.
type runReport struct{ report.Report }

func newReport(argv []string) *runReport {
	version, _ := build()
	return &runReport{report.Report{Schema: report.Schema, Podtracer: version, Argv: argv, Tool: report.ToolName(argv)}}
}

func (r *runReport) where(p k8s.Pod, here k8s.Node) {
	r.Pod, r.Node = &report.Pod{Namespace: p.Namespace, Name: p.Name, UID: p.UID, Node: p.Node, HostNetwork: p.HostNetwork}, here.Name
}

// state records a run that has ended with that exit status.
func (r *runReport) state(s tools.State, saved *save.File, exit int) {
	r.Argv, r.Tool, r.Outcome, r.Exit.Status, r.Hint = s.Argv, s.Tool(), s.Outcome(), exit, hint.Of(s.Err)
	r.Notices = s.Notices
	if len(s.Clock) > 0 && !s.Clock.Own() {
		r.Clocks = report.ClocksOf(clock.Nodes{{Name: s.Pod.Node, Clock: s.Clock}})
	}
	if s.Began.IsZero() {
		return
	}
	r.Started, r.Ended = moment(s.Began), moment(s.Ended)
	if s.Exit.Signal != 0 {
		r.Exit.ToolSignal = int(s.Exit.Signal)
	} else if s.Exit.Code >= 0 { // a tool that could not be ended has no exit
		r.Exit.ToolCode = &s.Exit.Code
	}
	r.Counters = countersOf(s)
	if r.Hint == "" {
		r.Hint = verdict.Advice(s.Losses)
	}
	r.Verdict = verdictOf(s)
	r.Files = filesOf(saved, s.Capture)
}

// filesOf is what a report says of a file that was saved, and of the whole stream beside it. saved may be nil.
func filesOf(saved *save.File, capture bool) []report.File {
	if saved == nil {
		return nil
	}
	file := report.File{Path: saved.Path, Bytes: saved.Bytes, SHA256: saved.SHA256}
	if capture {
		file.Packets = &saved.Packets
	}
	return append([]report.File{file}, filesOf(saved.Stream, false)...)
}

func countersOf(s tools.State) *report.Figures {
	c := s.Counters
	counters := &report.Figures{Bytes: s.Bytes, NotShown: c.NotShown}
	if s.Capture {
		counters.Packets = &s.Packets
	}
	if c.Known {
		counters.Received, counters.DroppedByKernel, counters.DroppedByInterface = &c.Received, &c.KernelDropped, &c.InterfaceDropped
	}
	if s.Ring.Size > 0 {
		counters.AgedOut, counters.AgedOutBytes = &c.AgedOut, &c.AgedOutBytes
	}
	return counters
}

// verdictOf is nil if the run is not a capture.
func verdictOf(s tools.State) *report.Worth {
	return worthOf(s.Verdict())
}

func worthOf(v report.Verdict) *report.Worth {
	if v.Kind == report.NoVerdict {
		return nil
	}
	verdict := &report.Worth{Complete: v.Kind != report.Incomplete, Text: v.String()}
	for _, l := range v.Losses {
		if !l.Since.IsZero() {
			l.Since = *moment(l.Since)
		}
		verdict.Losses = append(verdict.Losses, l)
	}
	return verdict
}

func moment(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// many records a run in many pods that has ended with that exit status.
func (r *runReport) many(m *many, exit int) {
	r.Exit.Status = exit
	var hints []string
	for _, one := range m.order {
		of := &runReport{}
		of.where(one.pod, k8s.Node{})
		of.state(one.state, one.saved, one.status)
		r.Argv, r.Tool = of.Argv, of.Tool
		r.Runs = append(r.Runs, of.Of())
		r.Started, r.Ended = earlier(r.Started, of.Started), later(r.Ended, of.Ended)
		r.Counters = sumOf(r.Counters, of.Counters)
		if of.Hint != "" && !slices.Contains(hints, of.Hint) {
			hints = append(hints, of.Hint)
		}
	}
	for _, u := range m.unstarted {
		r.Runs = append(r.Runs, u.report())
	}
	r.Outcome, r.Hint = m.outcome(), strings.Join(hints, "\n")
	r.Verdict = worthOf(m.verdict())
	r.Aligned = m.align
	if nodes := m.nodes(); !nodes.Alone() {
		r.Clocks = report.ClocksOf(nodes)
	}
	r.Files = m.files
}

// earlier and later return one of two times; a time that is not known does not count.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

func later(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return b
	}
	return a
}

// sumOf adds figures. What is not known of one is not known of all.
func sumOf(all, one *report.Figures) *report.Figures {
	switch {
	case one == nil:
		return all
	case all == nil:
		sum := *one
		return &sum
	}
	return &report.Figures{
		Bytes: all.Bytes + one.Bytes, NotShown: all.NotShown + one.NotShown, Packets: sum(all.Packets, one.Packets), Received: sum(all.Received, one.Received),
		DroppedByKernel: sum(all.DroppedByKernel, one.DroppedByKernel), DroppedByInterface: sum(all.DroppedByInterface, one.DroppedByInterface),
		AgedOut: sum(all.AgedOut, one.AgedOut), AgedOutBytes: sum(all.AgedOutBytes, one.AgedOutBytes),
	}
}

func sum[Number int64 | uint64](a, b *Number) *Number {
	if a == nil || b == nil {
		return nil
	}
	all := *a + *b
	return &all
}

// write writes the report in place: /dev/termination-log is a mount that nothing can be renamed over. The path is looked up only
// now, by find. err is why the run did not run, if it did not.
func (r *runReport) write(path string, find func() (*newfile.Place, error), err error) error {
	var s status
	if err != nil && !errors.As(err, &s) {
		r.Outcome, r.Hint, r.Exit.Status = err.Error(), hint.Of(err), tools.ErrorStatus(err)
	}
	encode := r.Encode
	if len(r.Runs) > 0 && filepath.Clean(path) != terminationLog {
		encode = r.EncodeAll
	}
	text, err := encode()
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	place, err := find()
	if err == nil {
		defer place.Close()
		err = place.Rewrite(text)
	}
	if err != nil {
		err = fmt.Errorf("write report: %w", err)
		if hint.Of(err) == "" {
			err = hint.Add(err, "name a file that can be written with --report")
		}
		return err
	}
	return nil
}
