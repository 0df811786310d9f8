package ui

import (
	"os"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/tty"
)

// onlyStart is runs of which only the start matters.
type onlyStart struct {
	Runs
	request tools.Request
}

func (s *onlyStart) Start(r tools.Request) (tools.RunID, error) {
	s.request = r
	return 1, nil
}

func TestOnATerminalWhoseEndWouldNotBeNoticedARunEndsByItself(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: unwatched, time.Minute: time.Minute, 2 * time.Hour: unwatched} {
		runs := &onlyStart{}
		c := newCommands(t.Context(), Deps{Runs: runs}, tty.New(os.Stdin, os.Stdout, func() {}), nil)
		c.form.Start(form.Start{Requests: []tools.Request{{Limits: tools.Limits{Timer: asked}}}})()
		if runs.request.Limits.Timer != want {
			t.Errorf("asked for %s, it has %s", asked, runs.request.Limits.Timer)
		}
	}
}
