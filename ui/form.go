package ui

import (
	"errors"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

// form is where a tool and its arguments are chosen for a pod.
type form struct {
	pod       k8s.Pod
	tools     window // over the catalogue and "any command" behind it
	catalogue []tools.Tool
	typed     map[string]string // arguments as they were left, by tool, for as long as the console lives
	input     textinput.Model
	typing    bool // keys go to the arguments
	installed map[string]bool
	err       error
	starting  bool
}

const anyCommand = "" // the name of the entry for a command that is not in the catalogue

func newForm() form {
	return form{
		catalogue: append(tools.Catalogue(), tools.Tool{Name: anyCommand, Group: "other", About: "any command that is installed here"}),
		typed:     map[string]string{},
		input:     newInput(),
	}
}

// newInput is a line to type into. Its cursor does not blink: a console at rest writes nothing.
func newInput() textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.Cursor.SetMode(cursor.CursorStatic)
	return in
}

// open shows the form for a pod, with the tool that was chosen last.
func (f *form) open(pod k8s.Pod) {
	f.pod, f.err, f.typing, f.starting = pod, nil, false, false
	f.load()
}

func (f *form) tool() tools.Tool { return f.catalogue[f.tools.cursor] }

// load puts the tool's arguments into the line.
func (f *form) load() {
	text, known := f.typed[f.tool().Name]
	if !known {
		text = f.tool().Args
	}
	f.input.SetValue(text)
	f.input.CursorEnd()
	f.setFocus()
}

func (f *form) setFocus() {
	if f.typing {
		f.input.Focus()
	} else {
		f.input.Blur()
	}
}

// argv is what was chosen, as words.
func (f *form) argv() ([]string, error) {
	words, err := tools.Split(f.input.Value())
	if err != nil || f.tool().Name == anyCommand {
		return words, err
	}
	return append([]string{f.tool().Name}, words...), nil
}

// request checks what was chosen.
func (f *form) request(size tools.Size) (tools.Request, error) {
	argv, err := f.argv()
	if err != nil {
		return tools.Request{}, err
	}
	if len(argv) == 0 {
		return tools.Request{}, hint.Add(errors.New("no command was typed"), "tab goes to the line; for example: ip -s link")
	}
	for _, blank := range []string{"HOST", "NAME", "http://HOST/"} {
		if slices.Contains(argv, blank) {
			f.typing = true
			f.setFocus()
			return tools.Request{}, hint.Add(errors.New("write whom to ask in place of "+strings.Trim(blank, "htp:/")), "it is in the arguments, above")
		}
	}
	return tools.Request{Pod: f.pod, Argv: argv, Text: true, Terminal: &size}, nil
}

// update takes a key that is neither Enter nor Esc.
func (f *form) update(k tea.KeyMsg, height int) tea.Cmd {
	f.err = nil
	if key.Matches(k, keys.tab) {
		f.typing = !f.typing
		f.setFocus()
		return nil
	}
	if f.typing && k.String() != "up" && k.String() != "down" {
		var cmd tea.Cmd
		f.input, cmd = f.input.Update(k)
		f.typed[f.tool().Name] = f.input.Value()
		return cmd
	}
	by := 0
	switch {
	case key.Matches(k, keys.up):
		by = -1
	case key.Matches(k, keys.down):
		by = 1
	case key.Matches(k, keys.right):
		f.typing = true
	case key.Matches(k, keys.top):
		by = -len(f.catalogue)
	case key.Matches(k, keys.bottom):
		by = len(f.catalogue)
	}
	if by != 0 {
		f.tools.move(by, len(f.catalogue), height)
		f.load()
	}
	f.setFocus()
	return nil
}

// missing says whether the chosen tool is not installed here.
func (f *form) missing(t tools.Tool) bool {
	here, known := f.installed[t.Name]
	return known && !here
}

const formToolsWidth = 24

func (f *form) view(s styles, width, height int) []string {
	listing := s.box("tool", f.toolLines(s, formToolsWidth-2), formToolsWidth, height, !f.typing)
	right := make([]string, 0, height)
	inner := width - formToolsWidth
	right = append(right, s.box("arguments", []string{f.inputLine(inner - 2)}, inner, 3, f.typing)...)
	for _, line := range f.about(s, inner-1) {
		right = append(right, " "+line)
	}
	for len(right) < height {
		right = append(right, "")
	}
	return joinColumns(listing, right[:height])
}

func (f *form) inputLine(width int) string {
	f.input.Width = width - 3
	return " " + fitStyled(f.input.View(), width-1)
}

func (f *form) toolLines(s styles, width int) []string {
	var out []string
	for i, t := range f.catalogue {
		name, mark := t.Name, "  "
		if name == anyCommand {
			name = "any command"
		}
		if i == f.tools.cursor {
			mark = "▸ "
		}
		line := mark + fit(name, width-2)
		switch {
		case f.missing(t):
			line = s.dim.Render(mark + fit(name+" not installed", width-2))
		case i == f.tools.cursor:
			line = s.selected.Render(line)
		}
		out = append(out, line)
	}
	return out
}

// about explains the choice: what the tool is for, what will run, and what stands against it.
func (f *form) about(s styles, width int) []string {
	t := f.tool()
	out := []string{s.strong.Render(fit(orElse(t.Name, "any command"), 12)) + fit(t.About, width-12), ""}
	if f.missing(t) {
		out = append(out, s.warn.Render(fit(t.Name+" is not installed here", width)))
		out = append(out, wrap("  "+tools.HowToInstall(t.Name), width)...)
		out = append(out, "")
	}
	if f.pod.HostNetwork {
		out = append(out, styleAll(s.warn, wrap("this pod has no network of its own (hostNetwork): the tool sees, and changes, the network of node "+clean(f.pod.Node), width))...)
		out = append(out, "")
	}
	out = append(out, s.dim.Render(fit("will run", width)))
	argv, err := f.argv()
	if err == nil && len(argv) > 0 {
		var command, decoder []string
		if command, decoder, err = tools.Preview(argv); err == nil {
			out = append(out, wrap("  "+clean(tools.Join(command)), width)...)
		}
		if decoder != nil {
			out = append(out, s.dim.Render(fit("and to show its packets", width)))
			out = append(out, wrap("  "+clean(tools.Join(decoder)), width)...)
		}
		out = append(out, "", s.dim.Render(fit("the same without the console", width)))
		out = append(out, wrap("  "+clean(tools.Join(append([]string{"podtracer", "run", "--pod", f.pod.Name, "-n", f.pod.Namespace, "--"}, argv...))), width)...)
	}
	if f.err != nil {
		err = f.err
	}
	if err != nil {
		out = append(out, "")
		out = append(out, s.problem(err, width)...)
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
