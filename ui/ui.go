// Package ui is the console: the person's side. It shows pods and runs and turns keys into requests; what runs and what
// exists is decided elsewhere, behind two small ports.
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
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/style"
)

// Pods says which pods exist.
type Pods interface {
	Next(ctx context.Context, seen uint64) (k8s.Snapshot, uint64, error)
}

// Runs starts tools and knows what became of them.
type Runs interface {
	Start(tools.Request) (tools.RunID, error)
	Stop(tools.RunID) error
	Freeze(tools.RunID) error
	Next(ctx context.Context, seen uint64) (tools.List, uint64, error)
	Attach(ctx context.Context, id tools.RunID, from int64, w io.Writer) error
	NewSet() tools.SetID
	StartPair(ctx context.Context, server, client tools.Request) (serverID, clientID tools.RunID, err error)
	Text(ctx context.Context, id tools.TextID, seen text.State) (text.State, error)
	Lines(ctx context.Context, id tools.TextID, numbers []uint64) ([]text.Line, error)
	Search(ctx context.Context, id tools.TextID, f text.Filter, from uint64, backwards bool, most int) (text.Hits, error)
	LineAt(ctx context.Context, id tools.TextID, at time.Time) (uint64, error)
	Packets(ctx context.Context, id tools.RunID, first int64, n int) ([]capture.Packet, capture.State, error)
	Packet(ctx context.Context, id tools.RunID, number int64) (capture.Decoded, error)
	Conversations(ctx context.Context, id tools.RunID, seen uint64) (capture.Conversations, uint64, error)
	Save(ctx context.Context, id tools.RunID, to save.Target) (save.File, error)
	DefaultPath(tools.State) string
	CheckFilter(ctx context.Context, pod k8s.Pod, argv []string) tools.FilterCheck
}

// Details knows one pod more closely than the list does.
type Details interface {
	Details(context.Context, k8s.Pod) (k8s.Details, error)
}

// Networks looks into the network namespaces of this node's pods.
type Networks interface {
	Network(context.Context, k8s.Pod) (ns.Network, error)
}

// Launcher says where tools can run, and which tools are there.
type Launcher interface {
	Reach(*k8s.Pod) launch.Reach
	Locate(tool string) error
}

// Deps is what the console needs.
type Deps struct {
	Pods      Pods
	Runs      Runs
	Launcher  Launcher
	Details   Details
	Networks  Networks
	Cluster   string     // its name, for the top line
	Node      string     // the one that podtracer is on, for the top line
	Namespace string     // shown first; "" for all
	StateDir  string     // where favourites are kept, and that somebody was here before; "" for nowhere
	Left      int        // runs that were left by an earlier podtracer
	In, Out   *os.File   // the terminal
	Look      style.Look // what it can show
	Recording *Recording

	Presets    []command.Preset // the person's own, shown first
	PresetsErr error            // why they could not be read
}

// ErrTerminalGone says that the console ended because nobody is at the terminal any more.
var ErrTerminalGone = errors.New("the terminal is gone")

const (
	framesPerSecond = 40              // at most: a key is on the screen within 25 ms and what it takes to draw; link.go has fewer for slow links
	lastFrame       = 2 * time.Second // how long a terminal gets to take the last of the screen
)

// CheckTerminal says why a console cannot be shown here.
func CheckTerminal(in, out *os.File) error {
	switch {
	case !isTerminal(in):
		return hint.Add(errors.New("standard input is not a terminal"), notATerminal)
	case !isTerminal(out):
		return hint.Add(errors.New("standard output is not a terminal"), notATerminal)
	}
	return nil
}

const notATerminal = "the console needs one: kubectl exec needs -it, ssh needs -t; without a console: podtracer run"

// Run shows the console until the person leaves it, ctx ends or the terminal goes away (ErrTerminalGone).
func Run(ctx context.Context, d Deps) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	terminal := NewTerminal(d.In, d.Out, func() { cancel(ErrTerminalGone) })
	watched := make(chan struct{})
	go func() { // ends with ctx
		defer close(watched)
		terminal.Watch(ctx)
	}()
	if d.Recording != nil {
		terminal.link.Set(Link{Recording: true})
	}
	screen := &Screen{File: d.Out, terminal: terminal, recording: d.Recording}
	display := newDisplay(terminal, screen)
	lipgloss.SetColorProfile(d.Look.Profile()) // for the cursor in what is typed
	panicked, stop := context.WithCancel(ctx)
	defer stop()
	m := newModel(newCommands(ctx, d, terminal, display), d)
	m.commands.quit = stop
	program := tea.NewProgram(
		displayed{m, display}, tea.WithContext(panicked), tea.WithInput(terminal), tea.WithOutput(screen), tea.WithoutRenderer(),
		tea.WithoutSignalHandler(),
	)
	if err := display.open(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { // ends with ctx, unless the terminal takes nothing any more
		err := display.while(ctx, program)
		if m.crash != nil {
			err = m.crash
		}
		ended <- err
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		select {
		case err = <-ended:
		case <-time.After(lastFrame): // a terminal that takes nothing must not keep the tools running
		}
	}
	cause := context.Cause(ctx)
	cancel(nil)
	<-watched
	link, _ := terminal.link.Get()
	return errors.Join(verdict(err, cause), link.RecordingEnded)
}

func verdict(err, cause error) error {
	switch {
	case errors.Is(cause, ErrTerminalGone):
		return ErrTerminalGone
	case err == nil, cause != nil: // left by key, or ended by a signal
		return nil
	default:
		return hint.Add(fmt.Errorf("console: %w", err), "if the terminal looks odd now, type: reset")
	}
}
