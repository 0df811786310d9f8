package form

import (
	"errors"
	"slices"

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

// pair is the preset for two pods whose client is in the arguments, with the blank for its server.
func (f *Form) pair() (command.Preset, bool) {
	asks := slices.ContainsFunc(f.blanks, func(b blank) bool { return b.what == command.ServerBlank })
	for _, p := range f.presets.all {
		if asks && p.Pair() && p.Tool == f.tool().Name {
			return p.Preset, true
		}
	}
	return command.Preset{}, false
}

// pairOf says why a preset for two pods cannot be started in the marked pods.
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
		return hint.Add(errors.New(marked[0].String()+" has no address for the client to connect to"), "mark another pod first: the first gets the server")
	}
	return nil
}

// pairArgv are the commands of the server and the client.
func (f *Form) pairArgv(p command.Preset) (server, client []string, err error) {
	words, err := command.Split(p.Server)
	if err != nil {
		return nil, nil, err
	}
	client, err = f.argv()
	if err != nil {
		return nil, nil, err
	}
	if len(f.marked) > 0 && f.marked[0].IP() != "" {
		client = command.FillServer(client, f.marked[0].IP())
	}
	return append([]string{p.Tool}, words...), client, nil
}

// pairStart starts a server in the first of two marked pods and its client in the second.
func (f *Form) pairStart(p command.Preset, request tools.Request) (Start, error) {
	if err := pairOf(f.marked, f.deps.Launcher.Reach); err != nil {
		return Start{}, err
	}
	server, client := request, request
	server.Pod, client.Pod = f.marked[0], f.marked[1]
	var err error
	server.Argv, client.Argv, err = f.pairArgv(p)
	return Start{Requests: []tools.Request{server, client}, Pair: true}, err
}

// pairPreview shows what will run in both pods.
func (f *Form) pairPreview(s style.Styles, p command.Preset, width int, titled func(string, []string) []string) ([][]string, error) {
	server, client, err := f.pairArgv(p)
	if err != nil || len(f.marked) != pairSize {
		return nil, err
	}
	return [][]string{
		titled("will run first, in "+cells.Clean(f.marked[0].String()), server),
		titled("and, once that answers, in "+cells.Clean(f.marked[1].String()), client),
		append([]string{s.Dim.Render(cells.Fit("both end together; without the console", width))}, cells.Wrap("  "+cells.Clean(f.pairLine(server, client)), width)...),
	}, nil
}

// pairLine is both commands in one line for a shell.
func (f *Form) pairLine(server, client []string) string {
	return inShell(f.commandLine(f.marked[:1], server), f.commandLine(f.marked[1:2], client))
}

// inShell gives the server a moment to start before the client does.
func inShell(server, client string) string {
	return server + " & sleep 2; " + client
}

func (f *Form) copyPair(p command.Preset, plain bool) tea.Cmd {
	server, client, err := f.pairArgv(p)
	if err != nil {
		f.err = err
		return nil
	}
	if plain {
		return f.deps.Copy(inShell(command.Join(server), command.Join(client)))
	}
	return f.deps.Copy(f.pairLine(server, client))
}
