package ui

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/saving"
	"github.com/fennec-project/podtracer/ui/seat"
	"github.com/fennec-project/podtracer/ui/tty"
)

// commands are all the ways in which the console touches the world. Each returns a message; none touches the model.
type commands struct {
	terminalCommands

	nextSnapshot func(seen uint64) tea.Cmd
	nextSaid     func(seen uint64) tea.Cmd
	nextList     func(seen uint64) tea.Cmd
	texts        pager.Questions
	packets      packets.Questions
	sit          func(tools.RunID) tea.Cmd // before a tool that has a whole terminal
	stop         func(tools.RunID) tea.Cmd
	freeze       func(tools.RunID) tea.Cmd
	save         func(id tools.RunID, capture bool, to save.Target) tea.Cmd
	saveSet      func(set tools.SetID, to save.Target) tea.Cmd
	saveAll      func(captures tools.List, kept map[tools.RunID]save.File) tea.Cmd
	defaultPath  func(tools.State) tea.Cmd

	defaultSetPath func(members []tools.State) tea.Cmd
	tick           func(after time.Duration) tea.Cmd
	welcome        func() tea.Cmd
	detached       detachedCommands
	form           form.Deps
	contexts       func(wanted bool) tea.Cmd
	quit           func() // ends the console from where no command can
	details        detail.Questions
}

const (
	second     = time.Second
	pace       = 40 * time.Millisecond  // between two pieces of output, so that many lines make one frame
	packetPace = 200 * time.Millisecond // between two answers about what came to a capture
)

func newCommands(ctx context.Context, d Deps, t *tty.Terminal, screen *tty.Display) commands {
	seats := seat.New(d.Runs, t, screen)
	terminal := newTerminalCommands(ctx, t, screen)
	return commands{
		terminalCommands: terminal,

		nextSnapshot: func(seen uint64) tea.Cmd {
			return func() tea.Msg {
				s, version, err := d.Pods.Next(ctx, seen)
				if err != nil {
					return nil // only when the console ends
				}
				return snapshotMsg{s, version}
			}
		},
		nextSaid: func(seen uint64) tea.Cmd {
			if d.Plugin == nil {
				return nil
			}
			return func() tea.Msg {
				said, version, err := d.Plugin.NextSaid(ctx, seen)
				if err != nil {
					return nil // only when the console ends
				}
				return saidMsg{said, version}
			}
		},
		nextList: func(seen uint64) tea.Cmd {
			return func() tea.Msg {
				l, version, err := d.Runs.Next(ctx, seen)
				if err != nil {
					return nil // only when the console ends
				}
				pause.For(ctx, pace)
				return listMsg{l, version}
			}
		},
		texts:   pager.NewQuestions(ctx, d.Runs, pace, terminal.copy),
		packets: packets.NewQuestions(ctx, d.Runs, packetPace),
		sit: func(id tools.RunID) tea.Cmd {
			return seats.Sit(ctx, id, func(err error) tea.Msg { return backMsg{time.Now(), err} })
		},
		stop: func(id tools.RunID) tea.Cmd {
			return func() tea.Msg { return stoppedMsg{d.Runs.Stop(id)} }
		},
		freeze: func(id tools.RunID) tea.Cmd {
			return func() tea.Msg { return stoppedMsg{d.Runs.Freeze(id)} }
		},
		save: func(id tools.RunID, capture bool, to save.Target) tea.Cmd {
			return func() tea.Msg {
				to.Path = expand(to.Path)
				saved := saving.Run(ctx, d.Runs, id, capture, to)
				saved.Fetch = d.fetch(saved.File.All()...)
				return saved
			}
		},
		saveSet: func(set tools.SetID, to save.Target) tea.Cmd {
			return func() tea.Msg {
				to.Path = expand(to.Path)
				saved := saving.Set(ctx, d.Runs, set, to)
				saved.Fetch = d.fetch(saved.All()...)
				return saved
			}
		},
		saveAll: func(captures tools.List, kept map[tools.RunID]save.File) tea.Cmd {
			kept = maps.Clone(kept) // the model goes on
			return func() tea.Msg {
				all := saving.Captures(ctx, d.Runs, captures, kept)
				all.Fetch = d.fetch(all.Files()...)
				return all
			}
		},
		defaultPath: func(s tools.State) tea.Cmd {
			return func() tea.Msg { return defaultsMsg{d.Runs.DefaultPath(s)} }
		},
		defaultSetPath: func(members []tools.State) tea.Cmd {
			return func() tea.Msg { return defaultsMsg{d.Runs.DefaultSetPath(members)} }
		},
		tick: func(after time.Duration) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, after)
				return tickMsg{time.Now()}
			}
		},
		welcome: func() tea.Cmd { return func() tea.Msg { return greet(d.StateDir) } },
		form:    formDepsOf(ctx, d, starter{d.Runs, seats, t}, terminal.copy),
		contexts: func(wanted bool) tea.Cmd {
			return func() tea.Msg { return contextsMsg{d.Contexts(), wanted} }
		},
		quit:     func() {},
		detached: newDetachedCommands(ctx, d),
		details:  detail.NewQuestions(ctx, d.Details, d.Networks, func(p *k8s.Pod) string { return d.Launcher.Reach(p).Network() }),
	}
}

// fetch are the commands that bring saved files to the person's machine, a line each; "" if the files are there.
func (d Deps) fetch(files ...save.File) string {
	var lines []string
	for _, file := range files {
		if d.Fetch == nil || file.Path == "" {
			continue
		}
		if line := d.Fetch(file.Path); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// expand puts the home directory in place of a leading ~/.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// formDepsOf is what the form needs, with what the console has.
func formDepsOf(ctx context.Context, d Deps, s starter, copy func(string) tea.Cmd) form.Deps {
	return form.Deps{
		Launcher: d.Launcher, StateDir: d.StateDir, Presets: d.Presets, Look: d.Look, Call: d.Call, Preview: tools.Request.Preview, Copy: copy,
		Start: func(f form.Start) tea.Cmd {
			return func() tea.Msg { return s.start(ctx, f) }
		},
		After: func(pause time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(pause, func(time.Time) tea.Msg { return msg })
		},
		CheckFilter: func(pod k8s.Pod, argv []string, done func(filter.Check) tea.Msg) tea.Cmd {
			return func() tea.Msg { return done(d.Runs.CheckFilter(ctx, pod, argv)) }
		},
		Network: func(pod k8s.Pod, done func(netinfo.Network) tea.Msg) tea.Cmd {
			return func() tea.Msg {
				found, err := d.Networks.Network(ctx, pod)
				if err != nil {
					return nil // those that most pods have are offered
				}
				return done(found)
			}
		},
	}
}
