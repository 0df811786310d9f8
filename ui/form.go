package ui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// formDeps is what the form needs. A function makes a command that touches the world; what it learns there, the command returns by
// the function done.
type formDeps struct {
	Launcher formLauncher
	StateDir string           // where the history is kept; "" for nowhere
	Presets  []command.Preset // the person's own, shown first
	Look     style.Look

	Start       func(formStart) tea.Cmd
	Copy        func(text string) tea.Cmd // to the clipboard of the person
	After       func(time.Duration, tea.Msg) tea.Cmd
	CheckFilter func(pod k8s.Pod, argv []string, done func(tools.FilterCheck) tea.Msg) tea.Cmd
	Network     func(pod k8s.Pod, done func(ns.Network) tea.Msg) tea.Cmd
	Preview     func(tools.Request) (tool, decoder []string, err error) // what a request would really run
}

// formLauncher says where tools can run, and which tools are there.
type formLauncher interface {
	Reach(*k8s.Pod) launch.Reach
	Locate(tool string) error
}

// formStart is what is to be started: one run; one in each of several pods; a server and its client, in this order.
type formStart struct {
	Requests []tools.Request
	Pair     bool
	Whole    bool // the tool gets the whole terminal; there is one request then
}

// form is where a tool, its arguments and its limits are chosen for a pod.
type form struct {
	deps          formDeps
	width, height int // of the screen

	pod       k8s.Pod
	marked    []k8s.Pod     // in which the tool is to run; none if that is only the pod
	tools     scroll.Window // over the catalogue and "any command" behind it
	catalogue []command.Tool
	left      map[string]leftAs // as they were left, by tool, for as long as the console lives
	input     textinput.Model
	fields    fields
	presets   presetList
	history   history
	past      historyList
	around
	completion completion
	plain      bool // nothing can be faint, so nothing is suggested: it would look as if it was typed
	focus      int  // 0: the tools, 1: the arguments, from 2 on: the fields
	packets    bool // the command captures; while it cannot be read, that goes by its name
	installed  map[string]bool
	check      filterCheck
	err        error
	starting   bool

	wholeIs map[string]bool // whether a tool gets a whole terminal, by its line; where nobody chose, it goes by the command
}

// leftAs is what was typed for a tool.
type leftAs struct {
	arguments string
	fields    [fieldCount]string
}

const anyCommand = "" // the name of the entry for a command that is not in the catalogue

// What has the focus.
const (
	onTools = iota
	onArguments
	onFields
)

// newForm returns a form that is for no pod yet.
func newForm(d formDeps) form {
	f := form{
		deps:      d,
		catalogue: append(command.Catalogue(), command.Tool{Name: anyCommand, Group: "other", About: "that is installed here"}),
		left:      map[string]leftAs{},
		input:     style.NewInput(),
		fields:    newFields(),
		presets:   newPresetList(d.Presets),
		plain:     d.Look.Profile() == termenv.Ascii,
		wholeIs:   map[string]bool{},
	}
	f.input.CompletionStyle = style.New(d.Look).Dim
	return f
}

// show tells of the cluster as it is now, and of the pods that are marked.
func (f *form) show(cluster k8s.Snapshot, marked []k8s.Pod) { f.cluster, f.marked = cluster, marked }

// open begins a choice for a pod, or for those that are marked, with the tool that was chosen last.
func (f *form) open(pod k8s.Pod, marked []k8s.Pod) {
	f.pod, f.marked, f.err, f.focus, f.starting = pod, marked, nil, onTools, false
	f.presets.open, f.past.open = false, false
	f.load()
	f.keepInView()
}

// resize says how large the screen is.
func (f *form) resize(width, height int) {
	f.width, f.height = width, height
	f.keepInView()
}

// rows is how many rows of a list are seen, for the keys; drawing goes by what is really left.
func (f *form) rows() int { return max(1, f.height-5) }

func (f *form) keepInView() { f.tools.Keep(len(f.catalogue), f.rows()) }

// started says what became of the start.
func (f *form) started(err error) {
	f.starting = false
	if err != nil {
		f.err = err
	}
}

func (f *form) tool() command.Tool { return f.catalogue[f.tools.Cursor] }

// formPlace is where a key goes.
type formPlace int

// Where a key goes.
const (
	atTools formPlace = iota
	atText            // letters are text
	atPresets
	atHistory
)

// at says where a key goes.
func (f *form) at() formPlace {
	switch {
	case f.presets.open:
		return atPresets
	case f.past.open:
		return atHistory
	case f.focus != onTools, f.tool().Name == anyCommand:
		return atText
	default:
		return atTools
	}
}

// formMsg is what a command of the form brings back, for take.
type formMsg interface{ forForm() }

func (historyMsg) forForm()       {}
func (historyKeptMsg) forForm()   {}
func (installedMsg) forForm()     {}
func (interfacesMsg) forForm()    {}
func (typedMsg) forForm()         {}
func (filterCheckedMsg) forForm() {}

// init asks for what does not change while one looks: what was started by earlier consoles, and which tools are there.
func (f *form) init() tea.Cmd {
	dir, launcher := f.deps.StateDir, f.deps.Launcher
	return tea.Batch(func() tea.Msg { return loadHistory(dir) }, func() tea.Msg { return installed(launcher) })
}

// take takes what a command brought back.
//
// Errors: that the history cannot be read or kept, once.
func (f *form) take(msg formMsg) (tea.Cmd, error) {
	switch msg := msg.(type) {
	case historyMsg:
		return nil, f.history.take(msg)
	case historyKeptMsg:
		return nil, f.history.lose(msg.err)
	case installedMsg:
		f.installed = msg
	case interfacesMsg:
		f.takeInterfaces(msg)
	case typedMsg:
		return f.typed(msg), nil
	case filterCheckedMsg:
		f.takeCheck(msg)
	}
	return nil, nil
}

// settle asks for what the last key made necessary: whether tcpdump takes the filter, and the network of the pod. Of a form that
// is not shown, nothing is to be known.
func (f *form) settle(shown bool) tea.Cmd {
	return tea.Batch(f.checkFilter(shown), f.askInterfaces(shown))
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
	f.fields.setValues(as.fields)
	f.packets = f.capture()
	f.setFocus(f.focus)
}

// keep remembers what was typed.
func (f *form) keep() { f.left[f.tool().Name] = leftAs{f.input.Value(), f.fields.values()} }

// setFocus moves the cursor; behind the last field it goes back to the tools.
func (f *form) setFocus(to int) {
	stops := onFields + len(fieldsOf(f.packets))
	f.focus = (to + stops) % stops
	f.input.Blur()
	if f.focus == onArguments {
		f.input.Focus()
	}
	f.fields.focus(f.field(), f.focus >= onFields)
}

// field is the one with the cursor, if one has it.
func (f *form) field() field {
	all := fieldsOf(f.packets)
	return all[max(0, min(f.focus-onFields, len(all)-1))]
}

// focusField puts the cursor into a field.
func (f *form) focusField(to field) {
	f.setFocus(onFields + max(0, slices.Index(fieldsOf(f.packets), to)))
}

// fill puts a command into the form: its tool, and its arguments with the cursor where something is to be filled in. A tool
// that is not in the catalogue becomes a command.
func (f *form) fill(tool, arguments string) {
	f.keep()
	at := slices.IndexFunc(f.catalogue, func(t command.Tool) bool { return t.Name == tool })
	if at < 0 {
		at, arguments = len(f.catalogue)-1, tool+" "+arguments
	}
	f.tools.Cursor = at
	as := f.left[f.tool().Name]
	f.left[f.tool().Name] = leftAs{arguments, as.fields}
	f.err = nil
	f.load()
	f.setFocus(onArguments)
	f.keepInView()
}

// installedMsg says which tools are there, by name.
type installedMsg map[string]bool

func installed(l formLauncher) tea.Msg {
	there := installedMsg{}
	for _, tool := range command.Catalogue() {
		there[tool.Name] = l.Locate(tool.Name) == nil
	}
	return there
}

// missing says whether the chosen tool is not installed here.
func (f *form) missing(t command.Tool) bool {
	here, known := f.installed[t.Name]
	return known && !here
}
