package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

// report is what --report writes: one JSON object about how a run went. A field that is not known is left out.
type report struct {
	Pod        *podReport  `json:"pod,omitempty"`
	Argv       []string    `json:"argv"`
	Started    *time.Time  `json:"started,omitempty"`
	Ended      *time.Time  `json:"ended,omitempty"`
	ExitStatus int         `json:"exitStatus"` // of podtracer run
	Outcome    string      `json:"outcome"`    // in words
	Hint       string      `json:"hint,omitempty"`
	Bytes      int64       `json:"bytes"` // that the tool wrote to its standard output
	Packets    *int64      `json:"packets,omitempty"`
	File       *fileReport `json:"file,omitempty"`
}

type podReport struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	UID         string `json:"uid"`
	Node        string `json:"node"`
	HostNetwork bool   `json:"hostNetwork"`
}

type fileReport struct {
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	Packets *int64 `json:"packets,omitempty"`
	SHA256  string `json:"sha256"`
}

func newReport(argv []string) *report { return &report{Argv: argv} }

func (r *report) pod(p k8s.Pod) {
	r.Pod = &podReport{p.Namespace, p.Name, p.UID, p.Node, p.HostNetwork}
}

func (r *report) state(s tools.State, saved *tools.Saved, exit int) {
	r.Argv, r.Bytes, r.Outcome, r.ExitStatus = s.Argv, s.Bytes, s.Outcome(), exit
	r.Hint = hint.Of(s.Err)
	if !s.Began.IsZero() {
		r.Started, r.Ended = &s.Began, &s.Ended
	}
	if s.Capture {
		r.Packets = &s.Packets
	}
	if saved != nil {
		r.File = &fileReport{Path: saved.Path, Bytes: saved.Bytes, SHA256: saved.SHA256}
		if s.Capture {
			r.File.Packets = &saved.Packets
		}
	}
}

// write writes the report in place: /dev/termination-log is a mount that nothing may be renamed over. err is what kept
// the run from being run, if anything did.
func (r *report) write(path string, err error) error {
	var s status
	if err != nil && !errors.As(err, &s) {
		r.Outcome, r.Hint, r.ExitStatus = err.Error(), hint.Of(err), tools.ErrorStatus(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return hint.Add(fmt.Errorf("write report: %w", err), "name a file that can be written with --report")
	}
	return nil
}
