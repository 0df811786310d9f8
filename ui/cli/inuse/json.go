package inuse

import (
	"encoding/json"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/agent"
)

// helperJSON is a helper in the output of ps -o json.
type helperJSON struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Node      string     `json:"node"`
	By        string     `json:"startedBy"` // "" if it is installed
	Installed bool       `json:"installed"`
	Created   time.Time  `json:"started"`
	Status    string     `json:"status"`
	Answers   bool       `json:"answers"`
	Error     string     `json:"error,omitempty"` // why it does not
	Consoles  int        `json:"consoles"`
	Runs      []runJSON  `json:"runs"`
	Detached  []awayJSON `json:"detached,omitempty"`
}

// awayJSON is a detached run in the output of ps -o json.
type awayJSON struct {
	ID     string    `json:"id"` // for podtracer attach, get and stop
	Pod    string    `json:"pod"`
	Argv   []string  `json:"argv"`
	By     string    `json:"startedBy"`
	Began  time.Time `json:"began"`
	Until  time.Time `json:"until"`
	Ended  bool      `json:"ended"`
	Stands string    `json:"stands"`
}

type runJSON struct {
	Pod   string    `json:"pod"`
	Argv  []string  `json:"argv"`
	Began time.Time `json:"began"`
	By    string    `json:"startedBy"`
	Ended bool      `json:"ended"`
	Lost  bool      `json:"lost"`           // no console follows it
	Bytes int64     `json:"bytes"`          // kept there
	Until time.Time `json:"until,omitzero"` // lost: when it is stopped or, if it has ended, forgotten
	Kept  string    `json:"kept,omitempty"` // lost: for podtracer get
}

// written is a time that can be written, or that which is not known: what somebody else says of one run must not hide all others.
func written(t time.Time) time.Time {
	if _, err := t.MarshalJSON(); err != nil {
		return time.Time{}
	}
	return t
}

func runOf(s Helper, r agent.RunStatus) runJSON {
	j := runJSON{Pod: r.Pod, Argv: r.Argv, Began: written(r.Began), By: r.By, Ended: r.Ended, Lost: r.Lost() || s.Consoles == 0, Bytes: r.Bytes, Until: written(r.Until)}
	if r.Kept != "" {
		j.Kept = s.Place() + ":" + r.Kept
	}
	return j
}

// JSON is a list of helpers for programs.
func JSON(seen []Helper) (string, error) {
	all := []helperJSON{}
	for _, s := range seen {
		j := helperJSON{
			Namespace: s.Namespace, Name: s.Name, Node: s.Node, By: s.By, Installed: s.Installed, Created: written(s.Created), Status: s.Helper.Status,
			Answers: s.Helper.Runs && s.Err == nil, Consoles: s.Consoles, Runs: []runJSON{},
		}
		if s.Err != nil {
			j.Error = hint.Line(s.Err)
		}
		for _, r := range s.Status.Runs {
			j.Runs = append(j.Runs, runOf(s, r))
		}
		for _, a := range s.Detached {
			j.Detached = append(j.Detached, awayJSON{
				s.Place() + ":" + a.ID, a.Pod, a.Argv, a.By, written(a.Began), written(a.Until), a.Over(), a.Stands,
			})
		}
		all = append(all, j)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	return string(text) + "\n", err
}
