package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/seat"
	"github.com/fennec-project/podtracer/ui/tty"
)

// startedMsg says what became of a start from the form.
type startedMsg struct {
	id     tools.RunID
	client tools.RunID // of a pair whose server it is; 0: none
	set    tools.SetID // of which it is one; 0: none
	whole  bool        // it gets the terminal
	err    error
}

// started shows what was started, or says why it was not.
func (m *model) started(msg startedMsg) tea.Cmd {
	inSome := msg.set != 0 && msg.err != nil // of its pods
	switch {
	case inSome:
		m.failed = msg.err
		m.form.Started(nil)
	case msg.err != nil:
		m.form.Started(msg.err)
		return nil
	default:
		m.form.Started(nil)
	}
	switch {
	case msg.set != 0:
		return m.openSet(msg.set)
	case msg.client != 0:
		return m.openPair(msg.id, msg.client)
	case msg.whole:
		return tea.Batch(m.watch(msg.id), m.commands.sit(msg.id))
	default:
		return m.watch(msg.id)
	}
}

// starter starts what is chosen in the form.
type starter struct {
	runs     Runs
	seats    *seat.Seats
	terminal *tty.Terminal
}

func (s starter) start(ctx context.Context, f form.Start) tea.Msg {
	for i := range f.Requests {
		s.limit(&f.Requests[i])
	}
	switch {
	case f.Pair:
		return s.startPair(ctx, f.Requests[0], f.Requests[1])
	case len(f.Requests) > 1:
		return s.startSet(f.Requests)
	case f.Whole:
		id, err := s.seats.Start(f.Requests[0])
		return startedMsg{id: id, whole: true, err: err}
	default:
		id, err := s.runs.Start(f.Requests[0])
		return startedMsg{id: id, err: err}
	}
}

// startSet starts runs that belong together. If none can be started, there is no set.
func (s starter) startSet(requests []tools.Request) tea.Msg {
	var msg startedMsg
	set, together := s.runs.NewSet(), launch.NewGate()
	defer together.Full()
	for _, r := range requests {
		r.Set, r.Together = set, together
		id, err := s.runs.Start(r)
		if err != nil {
			msg.err = errors.Join(msg.err, err)
			continue
		}
		msg.id, msg.set = id, set
	}
	return msg
}

// startPair starts both as one set, so that they are listed, and stopped, together.
func (s starter) startPair(ctx context.Context, server, client tools.Request) tea.Msg {
	server.Set = s.runs.NewSet()
	client.Set = server.Set
	serverID, clientID, err := s.runs.StartPair(ctx, server, client)
	return startedMsg{id: serverID, client: clientID, err: err}
}

// unwatched is the time limit of a run on a terminal whose end would not be noticed.
const unwatched = 30 * time.Minute

// limit gives a run on such a terminal a time limit.
func (s starter) limit(r *tools.Request) {
	if timer := &r.Limits.Timer; !s.terminal.Answers() && (*timer == 0 || *timer > unwatched) {
		*timer = unwatched
	}
}

type welcomeMsg struct{} // nobody was here before

func greet(dir string) tea.Msg {
	if margin.FirstTime(dir) {
		return welcomeMsg{}
	}
	return nil
}
