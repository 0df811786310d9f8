package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

// reportSchema names what --report writes. docs/report.md and docs/report.schema.json say what it means; a change that
// breaks a reader makes it v2.
const reportSchema = "podtracer.report/v1"

// reportBeginning is how every report begins, of whatever version: nothing else is replaced by one.
const reportBeginning = `{"schema":"podtracer.report/`

// report is what --report writes: one JSON object about how a run went. What is not known is left out.
type report struct {
	Schema    string          `json:"schema"`
	Podtracer string          `json:"podtracer"` // its version
	Pod       *podReport      `json:"pod,omitempty"`
	Node      string          `json:"node,omitempty"` // that podtracer ran on
	Tool      string          `json:"tool,omitempty"`
	Argv      []string        `json:"argv"`
	Started   *time.Time      `json:"started,omitempty"`
	Ended     *time.Time      `json:"ended,omitempty"`
	Exit      exitReport      `json:"exit"`
	Outcome   string          `json:"outcome"`
	Hint      string          `json:"hint,omitempty"`
	Counters  *countersReport `json:"counters,omitempty"`
	Verdict   *verdictReport  `json:"verdict,omitempty"`
	Files     []fileReport    `json:"files,omitempty"`
	Notices   []string        `json:"notices,omitempty"`
	Shortened bool            `json:"shortened,omitempty"`
}

type podReport struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	UID         string `json:"uid"`
	Node        string `json:"node,omitempty"`
	HostNetwork bool   `json:"hostNetwork"`
}

type exitReport struct {
	Status     int  `json:"status"` // of podtracer run
	ToolCode   *int `json:"toolCode,omitempty"`
	ToolSignal int  `json:"toolSignal,omitempty"`
}

type countersReport struct {
	Bytes              int64   `json:"bytes"`
	Packets            *int64  `json:"packets,omitempty"`
	Received           *uint64 `json:"received,omitempty"`
	DroppedByKernel    *uint64 `json:"droppedByKernel,omitempty"`
	DroppedByInterface *uint64 `json:"droppedByInterface,omitempty"`
	NotShown           int64   `json:"notShown,omitempty"`
	AgedOut            *int64  `json:"agedOut,omitempty"`
	AgedOutBytes       *int64  `json:"agedOutBytes,omitempty"`
}

type verdictReport struct {
	Complete bool         `json:"complete"`
	Text     string       `json:"text"`
	Losses   []lossReport `json:"losses,omitempty"`
}

type lossReport struct {
	Kind   tools.LossKind `json:"kind"`
	Count  int64          `json:"count,omitempty"`
	Since  *time.Time     `json:"since,omitempty"`
	Detail string         `json:"detail"`
}

type fileReport struct {
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	Packets *int64 `json:"packets,omitempty"`
	SHA256  string `json:"sha256"`
}

func newReport(argv []string) *report {
	version, _ := build()
	return &report{Schema: reportSchema, Podtracer: version, Argv: argv, Tool: tools.State{Argv: argv}.Tool()}
}

func (r *report) where(p k8s.Pod, here k8s.Node) {
	r.Pod, r.Node = &podReport{p.Namespace, p.Name, p.UID, p.Node, p.HostNetwork}, here.Name
}

// state takes what is known of a run that has ended with that exit status.
func (r *report) state(s tools.State, saved *tools.Saved, exit int) {
	r.Argv, r.Tool, r.Outcome, r.Exit.Status, r.Hint = s.Argv, s.Tool(), s.Outcome(), exit, hint.Of(s.Err)
	r.Notices = s.Notices
	if s.Began.IsZero() {
		return
	}
	r.Started, r.Ended = moment(s.Began), moment(s.Ended)
	if s.Exit.Signal != 0 {
		r.Exit.ToolSignal = int(s.Exit.Signal)
	} else if s.Exit.Code >= 0 { // it is not known of a tool that could not be ended
		r.Exit.ToolCode = &s.Exit.Code
	}
	r.Counters = countersOf(s)
	if r.Hint == "" {
		r.Hint = adviceOn(s.Losses)
	}
	r.Verdict = verdictOf(s)
	if saved != nil {
		file := fileReport{Path: saved.Path, Bytes: saved.Bytes, SHA256: saved.SHA256}
		if s.Capture {
			file.Packets = &saved.Packets
		}
		r.Files = []fileReport{file}
	}
}

func countersOf(s tools.State) *countersReport {
	c := s.Counters
	counters := &countersReport{Bytes: s.Bytes, NotShown: c.NotShown}
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

// verdictOf is nil for what is no capture.
func verdictOf(s tools.State) *verdictReport {
	v := s.Verdict()
	if v.Kind == tools.NoVerdict {
		return nil
	}
	verdict := &verdictReport{Complete: v.Kind != tools.Incomplete, Text: v.String()}
	for _, l := range s.Losses {
		loss := lossReport{Kind: l.Kind, Count: l.Count, Detail: l.Detail}
		if !l.Since.IsZero() {
			loss.Since = moment(l.Since)
		}
		verdict.Losses = append(verdict.Losses, loss)
	}
	return verdict
}

func moment(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

// write writes the report in place: /dev/termination-log is a mount that nothing may be renamed over. Where that is, is looked
// for only now: find finds it. err is what kept the run from being run, if anything did.
func (r *report) write(find func() (*newfile.Place, error), err error) error {
	var s status
	if err != nil && !errors.As(err, &s) {
		r.Outcome, r.Hint, r.Exit.Status = err.Error(), hint.Of(err), tools.ErrorStatus(err)
	}
	text, err := r.fitting()
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

func (r *report) encode() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // a report is not put into a web page as it is
	err := encoder.Encode(r)
	return printable.JSON(text.Bytes()), err // somebody looks at it on a terminal
}
