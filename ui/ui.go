// Package ui is the console: the person's side. It shows pods and runs and turns keys into requests; what runs and what exists is
// decided elsewhere, behind two small ports.
//
// One model, one tea.Model: panes and overlays are plain structs with methods. Update decides, the functions of commands.go
// act, View draws; a message carries values only. Nothing here owns a process: leaving the console leaves the runs to their
// owner, who ends them.
//
// What comes from pods, tools and the API is made safe before it is drawn (package cells): no control sequence of theirs reaches
// the terminal.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/call"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/style"
	"github.com/fennec-project/podtracer/ui/tty"
)

// Pods says which pods exist.
type Pods interface {
	Next(ctx context.Context, seen uint64) (k8s.Snapshot, uint64, error)
}

// Plugin says what a credential plugin says while the console has the terminal.
type Plugin interface {
	NextSaid(ctx context.Context, seen uint64) ([]k8s.Said, uint64, error)
}

// Runs starts tools and knows what became of them.
type Runs interface {
	pager.Texts
	packets.Captures
	Start(tools.Request) (tools.RunID, error)
	Stop(tools.RunID) error
	Freeze(tools.RunID) error
	HandOver(ctx context.Context, id tools.RunID, to func(context.Context, tools.Handover) (tools.Heir, error)) error
	Next(ctx context.Context, seen uint64) (tools.List, uint64, error)
	Attach(ctx context.Context, id tools.RunID, from int64, w io.Writer) error
	NewSet() tools.SetID
	StartPair(ctx context.Context, server, client tools.Request) (serverID, clientID tools.RunID, err error)
	Save(ctx context.Context, id tools.RunID, to save.Target) (save.File, error)
	Rescue(ctx context.Context, id tools.RunID, wanted save.Target) (save.File, error)
	DefaultPath(tools.State) string
	SaveSet(ctx context.Context, set tools.SetID, to save.Target) (tools.SavedSet, error)
	DefaultSetPath(members []tools.State) string
	CheckFilter(ctx context.Context, pod k8s.Pod, argv []string) filter.Check
}

// Launcher says where tools can run, and which tools are there.
type Launcher interface {
	Reach(*k8s.Pod) launch.Reach
	Locate(pod *k8s.Pod, tool string) error
}

// Deps is what the console needs.
type Deps struct {
	Pods      Pods
	Plugin    Plugin // nil for none
	Runs      Runs
	Detached  Detached // nil where there are none
	Launcher  Launcher
	Details   detail.API
	Networks  detail.Networks
	Cluster   string     // its name, for the top line
	Node      string     // the one that podtracer is on, for the top line
	Namespace string     // shown first; "" for all
	StateDir  string     // where favourites are kept, and that somebody was here before; "" for nowhere
	Left      int        // runs that were left by an earlier podtracer
	In, Out   *os.File   // the terminal
	Look      style.Look // what it can show
	Recording *tty.Recording
	Tell      func(text string)        // says something where the console was, once it is gone
	Call      call.Call                // how podtracer was started
	Fetch     func(path string) string // the command that brings a saved file to the person's machine; "" if it is there

	Contexts func() []string // of the kubeconfig
	Failed   error           // what went wrong before the console opened, and is to be shown

	Presets    []command.Preset // the person's own, shown first
	PresetsErr error            // why they could not be read
}

// Run shows the console until the person leaves it, ctx ends or the terminal goes away (ErrTerminalGone). It returns the context that the
// person has chosen to go to, "" for none.
func Run(ctx context.Context, d Deps) (next string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	terminal := tty.New(d.In, d.Out, func() { cancel(tty.ErrGone) })
	watched := make(chan struct{})
	go func() { // ends with ctx
		defer close(watched)
		terminal.Watch(ctx)
	}()
	display := tty.NewDisplay(terminal, d.Recording)
	lipgloss.SetColorProfile(d.Look.Profile()) // for the cursor in what is typed
	panicked, stop := context.WithCancel(ctx)
	defer stop()
	m := newModel(newCommands(ctx, d, terminal, display), d)
	m.commands.quit = stop
	program := tea.NewProgram( // with a terminal for its output, Bubble Tea would report sizes as well as podtracer, and an old one might come last
		displayed{m, display}, tea.WithContext(panicked), tea.WithInput(terminal), tea.WithOutput(io.Discard), tea.WithoutRenderer(),
		tea.WithoutSignalHandler(),
	)
	if err := display.Open(); err != nil {
		return "", err
	}
	sized := func(s tty.Size) { program.Send(tea.WindowSizeMsg{Width: s.Columns, Height: s.Rows}) }
	err = display.While(ctx, sized, func() error {
		_, err := program.Run()
		if m.crash != nil {
			err = m.crash
		}
		return err
	})
	for _, text := range m.told {
		d.Tell(text)
	}
	cause := context.Cause(ctx)
	cancel(nil)
	<-watched
	return m.next, errors.Join(verdict(err, cause), terminal.Link().RecordingEnded)
}

func verdict(err, cause error) error {
	switch {
	case errors.Is(cause, tty.ErrGone):
		return tty.ErrGone
	case err == nil, cause != nil: // left by key, or ended by a signal
		return nil
	default:
		return hint.Add(fmt.Errorf("console: %w", err), "if the terminal looks odd now, type: reset")
	}
}
