package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/agent/wire"
)

// Status is what goes on in a helper.
type Status struct {
	Consoles int // connected
	Runs     []RunStatus
}

// RunStatus is a tool that a helper has started.
type RunStatus struct {
	Pod   string // namespace/name
	Argv  []string
	Began time.Time
	By    string // the person who started it, in their own words
	Ended bool
	Bytes int64     // of its output that are kept there
	Until time.Time // nobody follows it, and then it is stopped or, if it has ended, forgotten; zero: somebody does
	Kept  string    // the name by which its output can be fetched there; "" while a console may fetch it
}

// Lost says whether nobody follows the tool, though its helper knows who should.
func (r RunStatus) Lost() bool { return !r.Until.IsZero() }

// Look asks the agent behind a Dialer what goes on there.
//
// Errors: an agent that does not answer.
func Look(ctx context.Context, dial Dialer) (Status, error) {
	l, err := newLink(dial, streamWindow)
	if err != nil {
		return Status{}, err
	}
	defer l.close()
	reply, err := l.greet(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Consoles: int(reply.GetConsoles())}
	for _, r := range reply.GetRuns() {
		run := RunStatus{Pod: printable.Line(r.GetPod()), Began: atUnix(r.GetBeganUnix()), Ended: r.GetEnded(), By: printable.Line(r.GetBy())}
		run.Bytes, run.Kept = r.GetBytes(), printable.Line(r.GetKept())
		if until := r.GetUntilUnix(); until != 0 {
			run.Until = atUnix(until)
		}
		for _, word := range r.GetArgv() {
			run.Argv = append(run.Argv, printable.Line(strings.ToValidUTF8(word, "?")))
		}
		s.Runs = append(s.Runs, run)
	}
	return s, nil
}

// atUnix is a time that an agent says, or the nearest one in the years in which times are written, wherever that is.
func atUnix(seconds int64) time.Time {
	last := time.Date(9999, time.December, 30, 0, 0, 0, 0, time.UTC).Unix()
	return time.Unix(min(max(1, seconds), last), 0)
}

// Forget removes, at the agent behind a Dialer, the output of a run that nobody follows, by the name by which it was fetched. An agent that has
// no such run is not asked twice.
func Forget(ctx context.Context, dial Dialer, kept string) error {
	l, err := newLink(dial, streamWindow)
	if err != nil {
		return err
	}
	defer l.close()
	if _, err = l.greet(ctx); err != nil {
		return err
	}
	_, err = l.agent.Forget(ctx, &wire.ForgetRequest{Kept: kept})
	return l.why(err)
}

// network asks the agent what a pod's network holds.
func (l *link) network(ctx context.Context, pod k8s.Pod) (netinfo.Network, error) {
	encoded, err := json.Marshal(pod)
	if err != nil {
		return netinfo.Network{}, err
	}
	reply, err := l.agent.Network(ctx, &wire.NetworkRequest{Pod: encoded})
	if err != nil {
		return netinfo.Network{}, fmt.Errorf("ask the helper on node %s: %w", pod.Node, l.why(err))
	}
	var n netinfo.Network
	if err := json.Unmarshal(reply.GetNetwork(), &n); err != nil {
		return netinfo.Network{}, fmt.Errorf("read what the helper on node %s says: %w", pod.Node, err)
	}
	return safe(n), errorOf(reply.GetFailure())
}

// safe is a network whose texts do nothing to a terminal.
func safe(n netinfo.Network) netinfo.Network {
	for i := range n.Interfaces {
		of := &n.Interfaces[i]
		of.Name, of.Kind, of.MAC = printable.Line(of.Name), printable.Line(of.Kind), printable.Line(of.MAC)
	}
	for i := range n.Routes {
		r := &n.Routes[i]
		r.Device, r.Kind, r.Via, r.Src = printable.Line(r.Device), printable.Line(r.Kind), r.Via.WithZone(""), r.Src.WithZone("")
	}
	for i := range n.Listening {
		s := &n.Listening[i]
		s.Protocol, s.Addr = printable.Line(s.Protocol), netip.AddrPortFrom(s.Addr.Addr().WithZone(""), s.Addr.Port())
	}
	return n
}
