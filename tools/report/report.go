// Package report describes a run: what came, what is missing, and what the result is worth.
//
// It owns two written forms: the Report, for the person who ran it, and the label beside a spool, which tells a later podtracer what
// the spool is. Labels of older podtracers can be read; a change that breaks a reader gets another Schema.
//
// It starts nothing and reads no files.
//
// Start reading at Record, which is what is known of a run, and its Verdict; Loss and Counters; Report; Decode, for labels.
package report

import (
	"time"

	"github.com/fennec-project/podtracer/tools/clock"
)

// Schema names the format of --report, which docs/report.md and docs/report.schema.json describe. A change that breaks a reader
// makes it v2.
const Schema = "podtracer.report/v1"

// Beginning is how every report of any version begins: a report replaces only a file that begins like this.
const Beginning = `{"schema":"podtracer.report/`

// Report is what --report writes: one JSON object about how a run went. What is unknown is left out.
type Report struct {
	Schema    string     `json:"schema"`
	Podtracer string     `json:"podtracer"` // its version
	Pod       *Pod       `json:"pod,omitempty"`
	Node      string     `json:"node,omitempty"` // that podtracer ran on
	Tool      string     `json:"tool,omitempty"`
	Argv      []string   `json:"argv"`
	Started   *time.Time `json:"started,omitempty"`
	Ended     *time.Time `json:"ended,omitempty"`
	Exit      Exit       `json:"exit"`
	Outcome   string     `json:"outcome"`
	Hint      string     `json:"hint,omitempty"`
	Counters  *Figures   `json:"counters,omitempty"`
	Verdict   *Worth     `json:"verdict,omitempty"`
	Files     []File     `json:"files,omitempty"`
	Notices   []string   `json:"notices,omitempty"`
	Clocks    []Clock    `json:"clocks,omitempty"`  // of the nodes of the pods
	Aligned   bool       `json:"aligned,omitempty"` // times were corrected by that
	Runs      []Run      `json:"runs,omitempty"`    // of a run in many pods: the run in each
	Shortened bool       `json:"shortened,omitempty"`
}

// Run is the run in one of many pods. Its fields mean what those of a Report do.
type Run struct {
	Pod      Pod        `json:"pod"`
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Exit     Exit       `json:"exit"`
	Outcome  string     `json:"outcome"`
	Hint     string     `json:"hint,omitempty"`
	Counters *Figures   `json:"counters,omitempty"`
	Verdict  *Worth     `json:"verdict,omitempty"`
	Files    []File     `json:"files,omitempty"`
	Notices  []string   `json:"notices,omitempty"`
}

// Of returns the run that a report of one pod is about.
func (r *Report) Of() Run {
	run := Run{
		Started: r.Started, Ended: r.Ended, Exit: r.Exit, Outcome: r.Outcome, Hint: r.Hint, Counters: r.Counters, Verdict: r.Verdict, Files: r.Files,
		Notices: r.Notices,
	}
	if r.Pod != nil {
		run.Pod = *r.Pod
	}
	return run
}

// Pod is the target of a run.
type Pod struct {
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	UID         string `json:"uid"`
	Node        string `json:"node,omitempty"`
	HostNetwork bool   `json:"hostNetwork"`
}

// Exit is how podtracer and the tool ended.
type Exit struct {
	Status     int  `json:"status"` // of podtracer run
	ToolCode   *int `json:"toolCode,omitempty"`
	ToolSignal int  `json:"toolSignal,omitempty"`
}

// Clock is how far the clock of a node is from that of the machine that podtracer ran on.
type Clock struct {
	Node        string     `json:"node"`
	Ahead       *float64   `json:"aheadSeconds,omitempty"`
	Within      *float64   `json:"withinSeconds,omitempty"` // Ahead is at most so far from the truth
	Compared    *time.Time `json:"compared,omitempty"`
	Comparisons int        `json:"comparisons,omitempty"` // that are known
	Least       *float64   `json:"leastAheadSeconds,omitempty"`
	Most        *float64   `json:"mostAheadSeconds,omitempty"`
}

// ClocksOf reports clocks. What was not compared has no numbers.
func ClocksOf(nodes clock.Nodes) (clocks []Clock) {
	for _, node := range nodes {
		of := Clock{Node: node.Name}
		if last := node.Clock.Last(); len(node.Clock) > 0 {
			at := last.At.UTC().Truncate(time.Millisecond)
			least, most := node.Clock.Range()
			of.Ahead, of.Within, of.Compared, of.Comparisons = seconds(last.Ahead), seconds(last.Within), &at, len(node.Clock)
			of.Least, of.Most = seconds(least.Ahead), seconds(most.Ahead)
		}
		clocks = append(clocks, of)
	}
	return clocks
}

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

// Figures are how much came, was kept and was dropped.
type Figures struct {
	Bytes              int64   `json:"bytes"`
	Packets            *int64  `json:"packets,omitempty"`
	Received           *uint64 `json:"received,omitempty"`
	DroppedByKernel    *uint64 `json:"droppedByKernel,omitempty"`
	DroppedByInterface *uint64 `json:"droppedByInterface,omitempty"`
	NotShown           int64   `json:"notShown,omitempty"`
	AgedOut            *int64  `json:"agedOut,omitempty"`
	AgedOutBytes       *int64  `json:"agedOutBytes,omitempty"`
}

// Worth is what a capture is worth.
type Worth struct {
	Complete bool   `json:"complete"`
	Text     string `json:"text"`
	Losses   []Loss `json:"losses,omitempty"`
}

// File is a file that was saved.
type File struct {
	Path    string `json:"path"`
	Bytes   int64  `json:"bytes"`
	Packets *int64 `json:"packets,omitempty"`
	SHA256  string `json:"sha256"`
}
