package ui

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// form is where a tool, its arguments and its limits are chosen for a pod.
type form struct {
	pod       k8s.Pod
	marks     []k8s.Pod     // all that are marked
	tools     scroll.Window // over the catalogue and "any command" behind it
	catalogue []command.Tool
	left      map[string]leftAs // as they were left, by tool, for as long as the console lives
	input     textinput.Model
	limits    limits
	presets   presetList
	history   history
	past      historyList
	around
	completion completion
	unsaid     bool // what can follow is not suggested: it would look as what was typed
	focus      int  // 0: the tools, 1: the arguments, from 2 on: the fields
	packets    bool // the command captures; while it cannot be read, that goes by its name
	installed  map[string]bool
	check      filterCheck
	err        error
	starting   bool

	wholeIs map[string]bool // whether a tool gets a whole terminal, by its line; where nobody chose, it goes by the command

	plan func(tools.Request) (command, decoder []string, err error) // what a request would really run
}

// leftAs is what was typed for a tool.
type leftAs struct {
	arguments string
	fields    [fieldCount]string
}

const anyCommand = "" // the name of the entry for a command that is not in the catalogue

// Where keys go.
const (
	onTools = iota
	onArguments
	onFields
)

func newForm(own []command.Preset) form {
	return form{
		catalogue: append(command.Catalogue(), command.Tool{Name: anyCommand, Group: "other", About: "that is installed here"}),
		left:      map[string]leftAs{},
		input:     style.NewInput(),
		limits:    newLimits(),
		presets:   newPresetList(own),
		wholeIs:   map[string]bool{},
		plan:      tools.Request.Preview,
	}
}

// open shows the form for a pod, with the tool that was chosen last.
func (f *form) open(pod k8s.Pod) {
	f.pod, f.err, f.focus, f.starting = pod, nil, onTools, false
	f.load()
}

func (f *form) tool() command.Tool { return f.catalogue[f.tools.Cursor] }

// typing says whether letters go into a text.
func (f *form) typing() bool {
	return f.focus != onTools || f.presets.open || f.past.open || f.tool().Name == anyCommand
}

// load puts what was typed for the tool into the lines.
func (f *form) load() {
	as, known := f.left[f.tool().Name]
	if !known {
		as.arguments = f.tool().Args
	}
	f.history.back = 0
	f.input.SetValue(as.arguments)
	f.toBlank()
	f.limits.setValues(as.fields)
	f.packets = f.capture()
	f.setFocus(f.focus)
}

// keep remembers what was typed.
func (f *form) keep() { f.left[f.tool().Name] = leftAs{f.input.Value(), f.limits.values()} }

// setFocus moves the cursor; behind the last field it goes back to the tools.
func (f *form) setFocus(to int) {
	stops := onFields + len(f.fields())
	f.focus = (to + stops) % stops
	f.input.Blur()
	if f.focus == onArguments {
		f.input.Focus()
	}
	f.limits.focus(f.field(), f.focus >= onFields)
}

// field is the one with the cursor, if one has it.
func (f *form) field() field {
	return f.fields()[max(0, min(f.focus-onFields, len(f.fields())-1))]
}

func (f *form) fields() []field { return fieldsOf(f.packets) }

// focusField puts the cursor into a field.
func (f *form) focusField(to field) { f.setFocus(onFields + max(0, slices.Index(f.fields(), to))) }

// argv is what was chosen, as words.
func (f *form) argv() ([]string, error) {
	words, err := command.Split(f.input.Value())
	if err != nil || f.tool().Name == anyCommand {
		return words, err
	}
	return append([]string{f.tool().Name}, words...), nil
}

func (f *form) capture() bool {
	argv, err := f.argv()
	if err != nil || len(argv) == 0 {
		return f.tool().Name == "tcpdump"
	}
	_, decoder, err := f.plan(tools.Request{Argv: argv, Text: true})
	return decoder != nil || err != nil && filepath.Base(argv[0]) == "tcpdump"
}

// request checks what was chosen, and puts the cursor where something is wrong.
func (f *form) request(size launch.Size) (tools.Request, error) {
	argv, err := f.argv()
	if err != nil {
		return tools.Request{}, err
	}
	if len(argv) == 0 {
		return tools.Request{}, hint.Add(errors.New("no command was typed"), "tab goes to the line; for example: ip -s link")
	}
	if blanks := command.Blanks(f.input.Value()); len(blanks) > 0 && f.tool().Name != anyCommand {
		return tools.Request{}, f.refuse(blanks[0])
	}
	r := tools.Request{Pod: f.pod, Argv: argv, Text: true, Terminal: &size}
	var wrong *fieldError
	if err := f.limits.apply(&r, f.packets); errors.As(err, &wrong) {
		f.focusField(wrong.field)
		return tools.Request{}, err
	}
	if _, _, err := f.plan(r); err != nil {
		ringless := r
		ringless.Ring = tools.Ring{}
		if _, _, without := f.plan(ringless); without == nil { // it is the ring that is wrong
			f.focusField(keepLast)
		}
		return tools.Request{}, err
	}
	return r, nil
}

// refuse puts the cursor on a blank that nobody has filled in, and says what belongs there.
func (f *form) refuse(blank []int) error {
	text := f.input.Value()
	f.setFocus(onArguments)
	f.input.SetCursor(len([]rune(text[:blank[0]])))
	what := text[blank[0]:blank[1]]
	words := "write whom to ask in place of "
	if what == "PORT" {
		words = "write the number of a port in place of "
	}
	return hint.Add(errors.New(words+what), "it is in the arguments, above")
}

// update takes a key that is neither Enter nor Esc.
func (f *form) update(k tea.KeyMsg, height int) tea.Cmd {
	f.err = nil
	if f.focus == onTools && f.tool().Name == anyCommand && k.Type == tea.KeyRunes { // it is the command
		f.setFocus(onArguments)
	}
	switch {
	case key.Matches(k, keys.Whole):
		f.toggleWhole()
		return nil
	case k.String() == "shift+tab":
		f.setFocus(f.focus - 1)
		return nil
	case key.Matches(k, keys.Tab):
		f.setFocus(f.focus + 1)
		return nil
	case f.focus >= onFields:
		return f.updateField(k)
	case f.focus == onArguments && k.String() == "up":
		f.walkHistory(1)
		return nil
	case f.focus == onArguments && k.String() == "down":
		if !f.walkHistory(-1) {
			f.setFocus(onFields)
		}
		return nil
	case f.focus == onArguments:
		var cmd tea.Cmd
		f.overBlank(k)
		f.input, cmd = f.input.Update(k)
		f.typedInto()
		return cmd
	}
	by := 0
	switch {
	case key.Matches(k, keys.Up):
		by = -1
	case key.Matches(k, keys.Down):
		by = 1
	case key.Matches(k, keys.Right):
		f.setFocus(onArguments)
	case key.Matches(k, keys.Top):
		by = -len(f.catalogue)
	case key.Matches(k, keys.Bottom):
		by = len(f.catalogue)
	}
	if by != 0 {
		f.tools.Move(by, len(f.catalogue), height)
		f.load()
	}
	return nil
}

// updateField takes a key for the field with the cursor. Up and down go by rows.
func (f *form) updateField(k tea.KeyMsg) tea.Cmd {
	at, last := f.focus-onFields, len(f.fields())-1
	switch {
	case k.String() == "up" && at < 2:
		f.setFocus(onArguments)
	case k.String() == "up":
		f.setFocus(f.focus - 2)
	case k.String() == "down":
		f.setFocus(onFields + min(at+2, last))
	case f.field() == headersOnly:
		if k.String() == " " || k.String() == ticked {
			f.limits.tick()
		}
	default:
		var cmd tea.Cmd
		in := &f.limits.inputs[f.field()]
		*in, cmd = in.Update(k)
		f.keep()
		return cmd
	}
	f.keep()
	return nil
}

// missing says whether the chosen tool is not installed here.
func (f *form) missing(t command.Tool) bool {
	here, known := f.installed[t.Name]
	return known && !here
}
