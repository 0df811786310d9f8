package agent

import (
	"context"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/printable"
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
	Ended bool
}

// Look asks the agent behind a Dialer what goes on there.
//
// Errors: an agent that does not answer.
func Look(ctx context.Context, dial Dialer) (Status, error) {
	l, err := newLink(dial)
	if err != nil {
		return Status{}, err
	}
	defer l.close()
	reply, err := l.hello(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Consoles: int(reply.GetConsoles())}
	for _, r := range reply.GetRuns() {
		run := RunStatus{Pod: printable.Line(r.GetPod()), Began: time.Unix(r.GetBeganUnix(), 0), Ended: r.GetEnded()}
		for _, word := range r.GetArgv() {
			run.Argv = append(run.Argv, printable.Line(strings.ToValidUTF8(word, "?")))
		}
		s.Runs = append(s.Runs, run)
	}
	return s, nil
}
