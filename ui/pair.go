package ui

import (
	"context"
	"errors"
	"regexp"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/pods"
	"github.com/fennec-project/podtracer/ui/style"
)

const pairSize = 2

var serverBlank = regexp.MustCompile(`\b` + command.ServerBlank + `\b`)

// pair is the preset for two pods whose client is in the arguments: those name its server.
func (f *form) pair() (command.Preset, bool) {
	for _, p := range f.presets.all {
		if p.Pair() && p.Tool == f.tool().Name && serverBlank.MatchString(f.input.Value()) {
			return p.Preset, true
		}
	}
	return command.Preset{}, false
}

// pairOf says why a preset for two pods cannot be started in those that are marked.
func pairOf(marked []k8s.Pod, reach func(*k8s.Pod) launch.Reach) error {
	if len(marked) != pairSize {
		are := "none is"
		if len(marked) > 0 {
			are = figures.Count(len(marked)) + " are"
		}
		if len(marked) == 1 {
			are = "one is"
		}
		return hint.Add(errors.New("this needs two marked pods, one for the server and one for the client: "+are+" marked"),
			"esc goes to the pods, space marks them: the first gets the server")
	}
	if err := pods.Runnable(marked, reach); err != nil {
		return err
	}
	if marked[0].IP() == "" {
		return hint.Add(errors.New(marked[0].String()+" has no address that a client could ask"), "mark another pod first: the first gets the server")
	}
	return nil
}

// pairArgv are the commands of server and client.
func (f *form) pairArgv(p command.Preset) (server, client []string, err error) {
	words, err := command.Split(p.Server)
	if err != nil {
		return nil, nil, err
	}
	client, err = f.argv()
	if err != nil {
		return nil, nil, err
	}
	if len(f.marks) > 0 && f.marks[0].IP() != "" {
		client = command.FillServer(client, f.marks[0].IP())
	}
	return append([]string{p.Tool}, words...), client, nil
}

// submitPair starts a server in the first of two marked pods and its client in the second.
func (m *model) submitPair(p command.Preset, request tools.Request) tea.Cmd {
	if m.form.err = pairOf(m.form.marks, m.deps.Launcher.Reach); m.form.err != nil {
		return nil
	}
	server, client := request, request
	server.Pod, client.Pod = m.form.marks[0], m.form.marks[1]
	if server.Argv, client.Argv, m.form.err = m.form.pairArgv(p); m.form.err != nil {
		return nil
	}
	m.form.starting = true
	return m.commands.startPair(server, client)
}

// startPair starts both as one set, so that they are listed, and stopped, together.
func startPair(ctx context.Context, runs Runs, server, client tools.Request) tea.Msg {
	server.Set = runs.NewSet()
	client.Set = server.Set
	serverID, clientID, err := runs.StartPair(ctx, server, client)
	return startedMsg{id: serverID, client: clientID, err: err}
}

// openPair shows server and client side by side.
func (m *model) openPair(server, client tools.RunID) tea.Cmd {
	return m.openSplit(split{panes: []textPane{{text: tools.TextID{Run: server}}, {text: tools.TextID{Run: client}}}})
}

// pairPreview is what will run in both pods.
func (f *form) pairPreview(s style.Styles, p command.Preset, width int, titled func(string, []string) []string) ([][]string, error) {
	server, client, err := f.pairArgv(p)
	if err != nil || len(f.marks) != pairSize {
		return nil, err
	}
	return [][]string{
		titled("will run first, in "+cells.Clean(f.marks[0].String()), server),
		titled("and, when it answers, in "+cells.Clean(f.marks[1].String()), client),
		append([]string{s.Dim.Render(cells.Fit("they end together; the same without the console", width))}, cells.Wrap("  "+cells.Clean(f.pairLine(server, client)), width)...),
	}, nil
}

// pairLine is both for a shell, in one line.
func (f *form) pairLine(server, client []string) string {
	first, second := *f, *f
	first.pod, second.pod = f.marks[0], f.marks[1]
	return inShell(first.commandLine(server), second.commandLine(client))
}

// inShell gives a server a moment to begin.
func inShell(server, client []string) string {
	return command.Join(server) + " & sleep 2; " + command.Join(client)
}

func (m *model) copyPair(p command.Preset, plain bool) tea.Cmd {
	server, client, err := m.form.pairArgv(p)
	if err != nil {
		m.form.err = err
		return nil
	}
	if plain {
		return m.commands.copy(inShell(server, client))
	}
	return m.commands.copy(m.form.pairLine(server, client))
}
