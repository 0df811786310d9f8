package form

import (
	"errors"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// submit starts the chosen command, or says why it cannot be started.
func (f *Form) submit() tea.Cmd {
	if f.starting {
		return nil
	}
	start, err := f.chosen()
	if err != nil {
		f.err = err
		return nil
	}
	f.starting = true
	return tea.Batch(f.deps.Start(start), f.remember())
}

// chosen is the chosen command, for all pods in which it is to run.
func (f *Form) chosen() (Start, error) {
	request, err := f.request()
	if err != nil {
		return Start{}, err
	}
	if err := f.check.refusal(); err != nil {
		f.setFocus(onArguments)
		return Start{}, err
	}
	if pair, ok := f.pair(); ok {
		return f.pairStart(pair, request)
	}
	if len(f.marked) < 2 {
		return Start{Requests: []tools.Request{request}, Whole: f.whole()}, nil
	}
	if f.whole() {
		return Start{}, hint.Add(errors.New("the whole terminal can go to a tool in one pod only, and "+figures.Count(len(f.marked))+" are marked"),
			"ctrl+t shows its output as lines instead; or esc, then u, unmarks all pods")
	}
	var start Start
	for _, pod := range f.marked {
		request.Pod = pod
		start.Requests = append(start.Requests, request)
	}
	return start, nil
}

// argv is the chosen command, split into words.
func (f *Form) argv() ([]string, error) {
	words, err := command.Split(f.input.Value())
	if err != nil || f.tool().Name == anyCommand {
		return words, err
	}
	return append([]string{f.tool().Name}, words...), nil
}

func (f *Form) capture() bool {
	argv, err := f.argv()
	if err != nil || len(argv) == 0 {
		return f.tool().Name == "tcpdump"
	}
	_, decoder, err := f.deps.Preview(tools.Request{Argv: argv, Text: true})
	return decoder != nil || err != nil && filepath.Base(argv[0]) == "tcpdump"
}

var errNoCommand = hint.Add(errors.New("no command was typed"), "tab goes to the line; for example: ip -s link")

// request checks the chosen command, and puts the cursor where something is wrong.
func (f *Form) request() (tools.Request, error) {
	argv, err := f.argv()
	if err != nil {
		return tools.Request{}, err
	}
	if len(argv) == 0 {
		return tools.Request{}, errNoCommand
	}
	if err := f.unfilled(); err != nil {
		return tools.Request{}, err
	}
	r := tools.Request{Pod: f.pod, Argv: argv, Text: true, Terminal: &launch.Size{Columns: f.width, Rows: f.rows()}}
	var wrong *fieldError
	if err := f.fields.apply(&r, f.packets); errors.As(err, &wrong) {
		f.focusField(wrong.field)
		return tools.Request{}, err
	}
	if _, _, err := f.deps.Preview(r); err != nil {
		ringless := r
		ringless.Ring = tools.Ring{}
		if _, _, without := f.deps.Preview(ringless); without == nil { // the command is fine without the ring
			f.focusField(keepLast)
		}
		return tools.Request{}, err
	}
	return r, nil
}
