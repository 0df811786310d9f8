package ui

import (
	"cmp"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/contexts"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/handing"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/margin"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/panes"
	"github.com/fennec-project/podtracer/ui/pods"
	"github.com/fennec-project/podtracer/ui/runs"
	"github.com/fennec-project/podtracer/ui/saving"
	"github.com/fennec-project/podtracer/ui/style"
	"github.com/fennec-project/podtracer/ui/tty"
)

// What the commands bring back. Each carries values, never pointers to what may still change.
type (
	snapshotMsg struct {
		snapshot k8s.Snapshot
		version  uint64
	}
	listMsg struct {
		list    tools.List
		version uint64
	}
)

// screen is what the person went to. What stands above it is in layers.go.
type screen int

const (
	home screen = iota
	choosing
	watching
	listing
	splitting
)

// model is the root: it routes messages and composes the screen. Everything else is in the panes.
type model struct {
	commands commands
	deps     Deps
	styles   style.Styles

	width, height int
	now           time.Time

	snapshot k8s.Snapshot

	screen    screen
	before    screen // where the list of runs goes back to
	pods      pods.Lists
	panes     panes.Layout
	detail    detail.Pane
	contexts  contexts.List
	form      form.Form
	runs      runs.List
	looking   bool  // for detached runs
	afarErr   error // where none could be looked for
	output    output
	split     split
	stopping  []tools.RunID             // the question before several runs are stopped
	views     int                       // texts that were shown, to tell what each asked for
	naming    map[bool]line.Naming      // of captures, and of all else
	known     line.Names                // of addresses
	kept      map[tools.RunID]save.File // what was saved last of a run
	detaching bool                      // the question until when a run may go on
	handing   handing.Form
	saving    bool
	save      saving.Form
	helping   bool
	helpTop   int      // the first visible line of the help
	leaving   bool     // the question before quitting
	next      string   // the context to go to then; "": podtracer is left
	others    []string // contexts that one can go to
	savingAll bool     // all is saved, to quit then
	told      []string // what there is to say once the console is gone

	notice margin.Notice // what just happened, until the next key
	said   []k8s.Said    // by a credential plugin, while the console has the terminal
	failed error         // what just went wrong, until the next key

	layers []layer
	frame  frame
	link   tty.Link
	mouse  bool   // the terminal tells of it
	crash  *crash // a panic that ends the console
}

func newModel(c commands, d Deps) *model {
	m := &model{
		commands: c, deps: d, layers: allLayers(), styles: style.New(d.Look), now: time.Now(),
		failed: cmp.Or(d.Failed, d.PresetsErr), form: form.New(c.form), pods: pods.New(d.Launcher.Reach, d.Namespace, d.StateDir, d.Call.Run("--pod", "NAME")),
		naming: map[bool]line.Naming{true: line.ByName, false: line.ByBoth}, kept: map[tools.RunID]save.File{}, notice: margin.Note(margin.Left(d.Left, d.Call.Here("runs"))),
	}
	return m
}

// Init asks for everything once; each answer asks for the next.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.commands.nextSnapshot(0), m.commands.nextSaid(0), m.commands.nextList(0), m.commands.askTerminal(), m.commands.tick(second),
		m.commands.nextLink(0), m.commands.welcome(), m.commands.contexts(false), m.pods.Load(), m.form.Init())
}

// receive decides. It never waits and never reads or writes anything.
func (m *model) receive(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := m.decide(msg)
	if settle := m.settleOutput(); settle != nil {
		cmd = tea.Batch(cmd, settle)
	}
	return m, cmd
}

func (m *model) decide(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.keepInView()
		return m, m.look()
	case tickMsg:
		m.now = msg.now
		if m.width == 0 { // a terminal that never said its size, as through kubectl exec
			m.width, m.height = 80, 24
			m.keepInView()
		}
		return m, m.commands.tick(m.tickAfter())
	case snapshotMsg:
		m.take(msg)
		return m, tea.Batch(m.commands.nextSnapshot(msg.version), m.look())
	case saidMsg:
		m.hear(msg.said)
		return m, m.commands.nextSaid(msg.version)
	case listMsg:
		m.runs.Set(msg.list, m.listHeight())
		if m.leaving && m.nothingToAsk() {
			return m, m.end()
		}
		return m, tea.Batch(m.commands.nextList(msg.version), m.pods.Used(msg.list))
	case pager.Answer:
		return m, m.takeText(msg)
	case packets.Answer:
		m.takePackets(msg)
	case startedMsg:
		return m, m.started(msg)
	case detachedMsg:
		return m, m.takeDetached(msg)
	case attachedMsg:
		return m, m.attached(msg)
	case handedMsg:
		return m, m.handed(msg)
	case forgottenMsg:
		return m, m.forgotten(msg)
	case defaultsMsg:
		m.save.SetPath(msg.path)
	case saving.Saved:
		return m, m.saved(msg)
	case saving.SavedSet:
		m.savedSet(msg)
	case saving.All:
		return m, m.allSaved(msg)
	case stoppedMsg:
		m.failed = msg.err
	case contextsMsg:
		m.takeContexts(msg)
	case linkMsg:
		return m, m.takeLink(msg)
	case welcomeMsg:
		m.notice = m.notice.And(margin.WelcomeText, margin.Greeting)
	case tea.MouseMsg:
		return m, m.wheel(msg)
	case form.Msg:
		cmd, err := m.form.Take(msg)
		if err != nil {
			m.notice = m.notice.And(err.Error(), margin.WorthALook)
		}
		return m, cmd
	case detail.Answer:
		return m, m.detail.Take(msg, m.commands.details)
	case pods.Msg:
		if err := m.pods.Take(msg); err != nil {
			m.failed = err
		}
	case backMsg:
		m.now, m.failed = msg.now, msg.err
	case copiedMsg:
		m.copied(msg)
	case tea.KeyMsg:
		return m, tea.Batch(m.keys(msg), m.look(), m.form.Settle(m.screen == choosing))
	}
	return m, nil
}

func (m *model) take(msg snapshotMsg) {
	m.snapshot = msg.snapshot
	m.known = msg.snapshot.Names
	m.pods.Show(msg.snapshot)
	m.form.Show(m.snapshot, m.pods.Marked())
}

func (m *model) keepInView() {
	m.panes.Resize(m.width)
	m.pods.Resize(m.paneHeight())
	m.runs.Resize(m.listHeight())
	m.form.Resize(m.width, m.height)
}

// noticeLines is what just happened, below the screen.
func (m *model) noticeLines() []string {
	rows := max(4, min(style.MostRows, (m.height-2)/2))
	switch {
	case m.failed != nil:
		return m.styles.ProblemIn(m.failed, max(0, m.width-1), rows)
	case m.notice.Text != "":
		return style.All(margin.Style(m.styles, m.notice), cells.Brief(cells.WrapAll(m.notice.Text, m.width), rows))
	default:
		return nil
	}
}
