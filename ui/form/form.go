// Package form is where a person says what to run and with what: the tool, its arguments and their completion, presets, the
// history, the check of a capture filter, and the limits of the run.
//
// The door: Form with its Deps; Start, what a person chose; Place, where a key goes; Msg, what the form's commands return;
// RunLine and PlainLine, which write a run as a shell command.
package form

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/ui/call"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// Deps is what the form needs. Each function but Preview makes a command that touches the world. A command that learns something
// passes it to done and returns the message that done makes of it, which is for Take.
type Deps struct {
	Launcher Launcher
	StateDir string           // the directory of the history; "" for none
	Presets  []command.Preset // the person's own presets, shown first
	Look     style.Look
	Call     call.Call // how podtracer was started

	Start       func(Start) tea.Cmd
	Copy        func(text string) tea.Cmd            // to the person's clipboard
	After       func(time.Duration, tea.Msg) tea.Cmd // returns the message after that time
	CheckFilter func(pod k8s.Pod, argv []string, done func(filter.Check) tea.Msg) tea.Cmd
	Network     func(pod k8s.Pod, done func(netinfo.Network) tea.Msg) tea.Cmd
	Preview     func(tools.Request) (tool, decoder []string, err error) // the commands that a request would run
}

// Launcher says where tools can run, and which tools are installed.
type Launcher interface {
	Reach(*k8s.Pod) launch.Reach
	Locate(pod *k8s.Pod, tool string) error
}

// Start is what to start: one run; one run in each of several pods; or a server and its client, in this order.
type Start struct {
	Requests []tools.Request
	Pair     bool
	Whole    bool // the tool gets the whole terminal; there is exactly one request then
}

// Form is where a person chooses a tool, its arguments and its limits for a pod.
type Form struct {
	deps          Deps
	width, height int // of the screen

	pod       k8s.Pod
	marked    []k8s.Pod     // the pods in which the tool is to run; if none is marked, it runs in pod
	tools     scroll.Window // over the catalogue and the entry "any command" below it
	catalogue []command.Tool
	left      map[string]leftAs // by tool: what the person left there, for as long as the console lives
	input     textinput.Model
	blanks    []blank // of the input, in their order
	fields    fields
	presets   presetList
	history   history
	past      historyList
	around
	completion completion
	plain      bool // this terminal cannot show faint text, so nothing is suggested: a suggestion would look like typed text
	focus      int
	packets    bool // the command captures packets; a command that cannot be split into words is judged by its name
	installed  map[string]bool
	lacking    map[string]bool // tools that are not installed on the pod's node
	check      filterCheck
	err        error
	starting   bool

	wholeIs map[string]bool // by command line: whether the person chose the whole terminal; otherwise the command decides
}

// leftAs is what was typed for a tool.
type leftAs struct {
	arguments string
	blanks    []blank
	fields    [fieldCount]string
}

const anyCommand = "" // the name of the entry for commands that are not in the catalogue

// What has the focus: the tools, the arguments, or a field; fields are counted from onFields on.
const (
	onTools = iota
	onArguments
	onFields
)

// New returns a form that is not yet for a pod.
func New(d Deps) Form {
	f := Form{
		deps:      d,
		catalogue: append(command.Catalogue(), command.Tool{Name: anyCommand, Group: "other", About: "that is installed where it runs"}),
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

// Show tells the form the current state of the cluster, and which pods are marked.
func (f *Form) Show(cluster k8s.Snapshot, marked []k8s.Pod) { f.cluster, f.marked = cluster, marked }

// Open shows the form for a pod, or for the marked pods, with the tool that was chosen last.
func (f *Form) Open(pod k8s.Pod, marked []k8s.Pod) {
	f.pod, f.marked, f.err, f.focus, f.starting = pod, marked, nil, onTools, false
	f.presets.open, f.past.open = false, false
	f.load()
	f.keepInView()
}

// Resize tells the form the size of the screen.
func (f *Form) Resize(width, height int) {
	f.width, f.height = width, height
	f.keepInView()
}

// rows is roughly how many rows of a list are visible, for keys that move by pages; drawing uses the exact number.
func (f *Form) rows() int { return max(1, f.height-5) }

func (f *Form) keepInView() { f.tools.Keep(len(f.catalogue), f.rows()) }

// Started says whether the start worked.
func (f *Form) Started(err error) {
	f.starting = false
	if err != nil {
		f.err = err
	}
}

func (f *Form) tool() command.Tool { return f.catalogue[f.tools.Cursor] }

// Place is where a key goes.
type Place int

// The places where a key can go.
const (
	atTools Place = iota
	AtText        // letters are text
	AtPresets
	AtHistory
)

// At says where the next key goes.
func (f *Form) At() Place {
	switch {
	case f.presets.open:
		return AtPresets
	case f.past.open:
		return AtHistory
	case f.focus != onTools, f.tool().Name == anyCommand:
		return AtText
	default:
		return atTools
	}
}

// Msg is the result of one of the form's commands, for Take.
type Msg interface{ forForm() }

func (historyMsg) forForm()       {}
func (historyKeptMsg) forForm()   {}
func (installedMsg) forForm()     {}
func (interfacesMsg) forForm()    {}
func (typedMsg) forForm()         {}
func (filterCheckedMsg) forForm() {}

// Init asks once which commands earlier consoles started, and which tools are installed.
func (f *Form) Init() tea.Cmd {
	dir, launcher := f.deps.StateDir, f.deps.Launcher
	return tea.Batch(func() tea.Msg { return loadHistory(dir) }, func() tea.Msg { return installed(launcher) })
}

// Take handles the result of a command.
//
// Errors: that the history cannot be read or kept, reported once.
func (f *Form) Take(msg Msg) (tea.Cmd, error) {
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

// Settle is called after every key. It has the filter checked as it now is, and asks for the network of a pod for the first
// time. If the form is not shown, it drops answers that are still to come.
func (f *Form) Settle(shown bool) tea.Cmd {
	return tea.Batch(f.checkFilter(shown), f.askInterfaces(shown))
}

// load puts what was typed for the tool back into the form.
func (f *Form) load() {
	as, known := f.left[f.tool().Name]
	if !known {
		as.arguments, as.blanks = f.tool().Args, blanksIn(f.tool().Args)
	}
	f.history.back = 0
	f.setLine(as.arguments, as.blanks)
	f.toBlank()
	f.fields.setValues(as.fields)
	f.packets = f.capture()
	f.setFocus(f.focus)
}

// keep remembers what was typed for the tool.
func (f *Form) keep() { f.left[f.tool().Name] = leftAs{f.input.Value(), f.blanks, f.fields.values()} }

// setFocus moves the focus; behind the last field are the tools again.
func (f *Form) setFocus(to int) {
	stops := onFields + len(fieldsOf(f.packets))
	f.focus = (to + stops) % stops
	f.input.Blur()
	if f.focus == onArguments {
		f.input.Focus()
	}
	f.fields.focus(f.field(), f.focus >= onFields)
}

// field is the field with the cursor, if there is one.
func (f *Form) field() field {
	all := fieldsOf(f.packets)
	return all[max(0, min(f.focus-onFields, len(all)-1))]
}

// focusField puts the cursor into a field.
func (f *Form) focusField(to field) {
	f.setFocus(onFields + max(0, slices.Index(fieldsOf(f.packets), to)))
}

// fill puts a command into the form, with the cursor on the first blank. A tool that is not in the catalogue goes to the entry
// for any command. Only a preset has blanks; a command from the history has none.
func (f *Form) fill(tool, arguments string, preset bool) {
	f.keep()
	at := slices.IndexFunc(f.catalogue, func(t command.Tool) bool { return t.Name == tool })
	if at < 0 {
		at, arguments = len(f.catalogue)-1, tool+" "+arguments
	}
	f.tools.Cursor = at
	as := leftAs{arguments: arguments, fields: f.left[f.tool().Name].fields}
	if preset {
		as.blanks = blanksIn(arguments)
	}
	f.left[f.tool().Name] = as
	f.err = nil
	f.load()
	f.setFocus(onArguments)
	f.keepInView()
}

// installedMsg says which tools are installed, by name.
type installedMsg map[string]bool

func installed(l Launcher) tea.Msg {
	there := installedMsg{}
	for _, tool := range command.Catalogue() {
		there[tool.Name] = l.Locate(nil, tool.Name) == nil
	}
	return there
}

// missing says whether the chosen tool is not installed where it would run. What a node has without a helper is known when it is tried.
func (f *Form) missing(t command.Tool) bool {
	here, known := f.installed[t.Name]
	if reach := f.deps.Launcher.Reach(&f.pod); reach.How == launch.AfterMaking || reach.Unsure() && f.lacking != nil {
		return f.lacking[t.Name]
	}
	return known && !here
}
