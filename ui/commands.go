package ui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/tty"
)

// commands are all the ways in which the console touches the world. Each returns a message; none touches the model.
type commands struct {
	terminalCommands

	nextSnapshot func(seen uint64) tea.Cmd
	nextList     func(seen uint64) tea.Cmd
	texts        pager.Questions
	packets      packetQuestions
	start        func(tools.Request) tea.Cmd
	startSet     func([]tools.Request) tea.Cmd // one in each pod, which belong together
	startPair    func(server, client tools.Request) tea.Cmd
	startWhole   func(tools.Request) tea.Cmd
	sit          func(tools.RunID) tea.Cmd // before a tool that has a whole terminal
	stop         func(tools.RunID) tea.Cmd
	freeze       func(tools.RunID) tea.Cmd
	save         func(id tools.RunID, capture bool, to save.Target) tea.Cmd
	defaultPath  func(tools.State) tea.Cmd
	installed    func() tea.Cmd
	tick         func(after time.Duration) tea.Cmd
	welcome      func() tea.Cmd
	quit         func()                 // ends the console from where no command can
	rest         func(view int) tea.Cmd // until the cursor has rested
	renew        func(view int) tea.Cmd // until it is time to look again
	details      func(view int, pod k8s.Pod) tea.Cmd
	network      func(view int, pod k8s.Pod) tea.Cmd
	typed        func(view int) tea.Cmd // until nobody has typed for a while
	checkFilter  func(view int, pod k8s.Pod, argv []string) tea.Cmd

	interfaces  func(of string, pod k8s.Pod) tea.Cmd
	loadHistory func() tea.Cmd
	keepHistory func(ran) tea.Cmd
}

const (
	second     = time.Second
	pace       = 40 * time.Millisecond  // between two pieces of output, so that many lines make one frame
	packetPace = 200 * time.Millisecond // between two answers about what came to a capture
	unwatched  = 30 * time.Minute       // limit of a run on a terminal whose end would not be noticed
)

func newCommands(ctx context.Context, d Deps, t *tty.Terminal, screen *tty.Display) commands {
	seats := newSeats(d.Runs, t, screen)
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
		packets: newPacketQuestions(ctx, d.Runs, packetPace),
		start: func(r tools.Request) tea.Cmd {
			return func() tea.Msg {
				limitUnwatched(t, &r)
				id, err := d.Runs.Start(r)
				return startedMsg{id: id, err: err}
			}
		},
		startSet: func(requests []tools.Request) tea.Cmd {
			return func() tea.Msg {
				for i := range requests {
					limitUnwatched(t, &requests[i])
				}
				return startSet(d.Runs, requests)
			}
		},
		startPair: func(server, client tools.Request) tea.Cmd {
			return func() tea.Msg {
				limitUnwatched(t, &server)
				limitUnwatched(t, &client)
				return startPair(ctx, d.Runs, server, client)
			}
		},
		startWhole: func(r tools.Request) tea.Cmd {
			return func() tea.Msg {
				limitUnwatched(t, &r)
				return seats.start(r)
			}
		},
		sit: func(id tools.RunID) tea.Cmd { return seats.sit(ctx, id) },
		stop: func(id tools.RunID) tea.Cmd {
			return func() tea.Msg { return stoppedMsg{d.Runs.Stop(id)} }
		},
		freeze: func(id tools.RunID) tea.Cmd {
			return func() tea.Msg { return stoppedMsg{d.Runs.Freeze(id)} }
		},
		save: func(id tools.RunID, capture bool, to save.Target) tea.Cmd {
			return func() tea.Msg {
				to.Path = expand(to.Path)
				saved, err := d.Runs.Save(ctx, id, to)
				return savedMsg{id, saved, capture, err}
			}
		},
		defaultPath: func(s tools.State) tea.Cmd {
			return func() tea.Msg { return defaultsMsg{d.Runs.DefaultPath(s)} }
		},
		installed: func() tea.Cmd { return func() tea.Msg { return installed(d.Launcher) } },
		tick: func(after time.Duration) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, after)
				return tickMsg{time.Now()}
			}
		},
		welcome: func() tea.Cmd { return func() tea.Msg { return welcome(d.StateDir) } },
		quit:    func() {},
		rest: func(view int) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, restTime)
				return restedMsg{view}
			}
		},
		renew: func(view int) tea.Cmd {
			return func() tea.Msg {
				pause.For(ctx, renewTime)
				return restedMsg{view}
			}
		},
		details: func(view int, pod k8s.Pod) tea.Cmd {
			return func() tea.Msg {
				found, err := d.Details.Details(ctx, pod)
				return detailsMsg{view, found, err}
			}
		},
		network: func(view int, pod k8s.Pod) tea.Cmd {
			return func() tea.Msg {
				found, err := d.Networks.Network(ctx, pod)
				return networkMsg{view, found, err}
			}
		},
		typed: func(view int) tea.Cmd {
			return tea.Tick(typedTime, func(time.Time) tea.Msg { return typedMsg{view} })
		},
		checkFilter: func(view int, pod k8s.Pod, argv []string) tea.Cmd {
			return func() tea.Msg { return filterCheckedMsg{view, d.Runs.CheckFilter(ctx, pod, argv)} }
		},
		interfaces: func(of string, pod k8s.Pod) tea.Cmd {
			return func() tea.Msg {
				found, err := d.Networks.Network(ctx, pod)
				if err != nil {
					return nil // those that most pods have are offered
				}
				return interfacesMsg{of, found}
			}
		},
		loadHistory: func() tea.Cmd {
			return func() tea.Msg { return loadHistory(d.StateDir) }
		},
		keepHistory: func(r ran) tea.Cmd {
			return func() tea.Msg { return keepHistory(d.StateDir, r) }
		},
	}
}

// limitUnwatched ends a run in time on a terminal whose end would not be noticed.
func limitUnwatched(t *tty.Terminal, r *tools.Request) {
	if timer := &r.Limits.Timer; !t.Answers() && (*timer == 0 || *timer > unwatched) {
		*timer = unwatched
	}
}

// installed looks which tools of the catalogue are there.
func installed(l Launcher) tea.Msg {
	there := installedMsg{}
	for _, tool := range command.Catalogue() {
		there[tool.Name] = l.Locate(tool.Name) == nil
	}
	return there
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
