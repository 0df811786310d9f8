package tools

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
)

// RunID identifies a run: 1, 2, 3, … in the order in which runs were started.
type RunID int

// Phase is how far a run has come.
type Phase int

// The phases, in order.
const (
	Starting Phase = iota
	Running
	Stopping
	Ended
)

func (p Phase) String() string {
	return [...]string{"starting", "running", "stopping", "ended"}[p]
}

// State is a snapshot of a run.
type State struct {
	ID      RunID
	Set     SetID // 0: none
	Pod     k8s.Pod
	Asked   []string // what a person asked for: the tool and its arguments
	Argv    []string // what actually runs
	Phase   Phase
	Created time.Time
	Began   time.Time // when the tool started; zero if it never did
	Ended   time.Time // zero until then
	Capture bool      // the output is packets
	Device  string    // the device that is captured on, as the tool names it
	Bytes   int64     // bytes kept of what the tool wrote, including bytes that have left a ring since
	Packets int64     // whole packets in these bytes
	Lines   uint64
	Headers bool // only the headers of packets are kept
	Whole   bool // the tool has a whole terminal: its output is what it draws there, not lines
	Limits  Limits
	Ring    Ring
	Exit    launch.Exit // set when the run has ended
	Cause   error       // why podtracer stopped it; nil if the tool ended by itself
	Err     error       // why podtracer failed

	Counters report.Counters
	Rates    [RateSeconds]Rate // of the last seconds, the newest last
	Losses   []report.Loss     // what is missing, as far as is known
	Notices  []string          // what a person would not expect
	Detached Detached          // whose it is, if it is not this podtracer's
	Beside   int64             // bytes that its tool has said beside its output; on the screen they are among it, in a file they are not
	Remote   bool              // the tool is on another node, where others can follow it, too
	Held     bool              // the tool is on this node, and another process can go on with it
	Away     launch.Away       // how far what is kept is behind a tool on another node
	Clock    clock.Course      // of the node that the tool runs on
	Frozen   string            // why the ring was frozen; "" if it was not
}

// Tool is the name of the program.
func (s State) Tool() string { return report.ToolName(s.Argv) }

// WroteNoPackets says whether a capture failed before anything came.
func (s State) WroteNoPackets() bool { return s.Capture && s.Bytes == 0 && s.Exit.Code > 0 }

// Elapsed is how long the tool has run, or ran until it ended.
func (s State) Elapsed(now time.Time) time.Duration {
	switch {
	case s.Began.IsZero():
		return 0
	case !s.Ended.IsZero():
		return s.Ended.Sub(s.Began)
	default:
		return now.Sub(s.Began)
	}
}

// Rate is what came in one second.
type Rate struct{ Packets, Bytes int64 }

// RateSeconds is how many seconds the rates cover.
const RateSeconds = 16

// record is what a report says of the run. filter is the capture filter.
func (s State) record(filter string) report.Record {
	return report.Record{
		Pod: s.Pod, Argv: s.Argv, Created: s.Created, Began: s.Began, Ended: s.Ended, Over: s.Phase == Ended, Capture: s.Capture,
		Filter: filter, Device: s.Device, Ring: s.Ring.Size, Bytes: s.Bytes, Packets: s.Packets, Counters: s.Counters, Losses: s.Losses,
		Clock: s.Clock,
	}
}

// Verdict says whether a capture is complete, as far as is known.
func (s State) Verdict() report.Verdict { return s.record("").Verdict() }

func (s State) lost() bool { return s.record("").Lost() }

// Why podtracer stops a tool.
var (
	ErrAsked   = errors.New("stopped")
	ErrTimer   = launch.ErrTimer
	ErrMinFree = errors.New("stopped: the disk is nearly full")
	ErrFrozen  = errors.New("stopped: the ring was frozen")
	ErrBlind   = errors.New("stopped: the text of the packets ended, and no line could freeze the ring any more")
	ErrStopped = errors.New("stopped by somebody else who followed it")
	ErrPartner = errors.New("stopped: its partner in the other pod has ended")
	ErrPodGone = errors.New("the pod is gone")
	ErrRenewed = errors.New("stopped: the pod has got a new network namespace")
	ErrSpool   = errors.New("its output could not be kept")
	ErrStream  = errors.New("stopped: it does not write packets")
)

// Outcome says in a few words how a run stands, or how it ended.
func (s State) Outcome() string {
	switch {
	case s.Phase != Ended:
		return s.Phase.String()
	case s.Err != nil:
		return hint.Line(s.Err)
	case s.Cause != nil && s.Exit.Killed:
		return hint.Line(s.Cause) + "; it did not end when asked to and was killed, its last output may be missing"
	case s.Cause != nil && s.Exit.Struck():
		return hint.Line(s.Cause) + "; it died of " + signalName(s.Exit.Signal)
	case s.Cause != nil:
		return hint.Line(s.Cause)
	case s.Exit.Signal != 0:
		return "died of " + signalName(s.Exit.Signal)
	default:
		return "exit " + strconv.Itoa(s.Exit.Code)
	}
}

func signalName(s syscall.Signal) string {
	return fmt.Sprintf("signal %d (%s)", int(s), s)
}
