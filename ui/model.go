package ui

import (
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

// screen is what fills the terminal. Overlays stand above it: save, help, and the question before quitting.
type screen int

const (
	home screen = iota
	choosing
	watching
	listing
)

// model is the root: it routes messages and composes the screen. Everything else is in the panes.
type model struct {
	commands commands
	deps     Deps
	styles   styles

	width, height int
	now           time.Time

	snapshot        k8s.Snapshot
	snapshotVersion uint64
	listVersion     uint64

	screen     screen
	before     screen // where the list of runs goes back to
	namespaces namespaceList
	pods       podList
	onPods     bool // the pods have the focus, not the namespaces
	filter     textinput.Model
	filtering  bool
	form       form
	runs       runList
	output     output
	saving     bool
	save       save
	helping    bool
	leaving    bool // the question before quitting

	notice string // what just happened, until the next key
	failed error  // what just went wrong, until the next key
	placed bool   // the first namespace was chosen
}

func newModel(c commands, d Deps) *model {
	m := &model{
		commands: c, deps: d, styles: newStyles(d.Out), now: time.Now(),
		onPods: true, filter: newInput(), form: newForm(), pods: podList{here: d.Here},
	}
	m.pods.in = d.Namespace
	return m
}

// Init asks for everything once; each answer asks for the next.
func (m *model) Init() tea.Cmd {
	return tea.Batch(m.commands.nextSnapshot(0), m.commands.nextList(0), m.commands.installed(), m.commands.askTerminal(), m.commands.tick())
}

// Update decides. It never waits and never reads or writes anything.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.keepInView()
	case tickMsg:
		m.now = msg.now
		if m.width == 0 { // a terminal that never said its size, as through kubectl exec
			m.width, m.height = 80, 24
		}
		return m, m.commands.tick()
	case snapshotMsg:
		m.take(msg)
		return m, m.commands.nextSnapshot(msg.version)
	case listMsg:
		m.listVersion = msg.version
		m.runs.set(msg.list, m.listHeight())
		if m.leaving && msg.list.Active() == 0 { // there is nothing left to ask about
			return m, tea.Quit
		}
		return m, m.commands.nextList(msg.version)
	case chunkMsg:
		return m, m.takeOutput(msg)
	case installedMsg:
		m.form.installed = msg
	case startedMsg:
		return m, m.started(msg)
	case defaultsMsg:
		m.save.setPath(msg.path)
	case savedMsg:
		m.saved(msg)
	case stoppedMsg:
		m.failed = msg.err
	case tea.KeyMsg:
		return m, m.keys(msg)
	}
	return m, nil
}

// keys takes apart what came in one piece: over a slow link several keys arrive together, and are told as one. So Esc and
// the key behind it look like Alt with that key, which means something only where text is typed.
func (m *model) keys(k tea.KeyMsg) tea.Cmd {
	if k.Alt && !m.typing() {
		k.Alt = false
		return tea.Sequence(m.key(tea.KeyMsg{Type: tea.KeyEsc}), m.keys(k))
	}
	if k.Type != tea.KeyRunes || len(k.Runes) < 2 || k.Paste {
		return m.key(k)
	}
	cmds := make([]tea.Cmd, 0, len(k.Runes))
	for _, r := range k.Runes {
		cmds = append(cmds, m.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: k.Alt}))
	}
	return tea.Sequence(cmds...)
}

func (m *model) take(msg snapshotMsg) {
	m.snapshot, m.snapshotVersion = msg.snapshot, msg.version
	m.namespaces.set(msg.snapshot, m.paneHeight())
	if !m.placed && msg.snapshot.Synced {
		m.placed = true
		m.namespaces.choose(m.deps.Namespace, m.paneHeight())
	}
	if m.placed {
		m.pods.in = m.namespaces.selected()
	}
	m.pods.set(msg.snapshot.Pods, m.paneHeight())
}

func (m *model) takeOutput(msg chunkMsg) tea.Cmd {
	if msg.view != m.output.view || m.screen != watching {
		return nil
	}
	if msg.err != nil {
		m.failed = msg.err
		return nil
	}
	m.output.add(msg.chunk)
	if m.output.ended {
		return nil
	}
	return m.commands.output(m.output.view, m.output.id, m.output.last)
}

func (m *model) started(msg startedMsg) tea.Cmd {
	m.form.starting = false
	if msg.err != nil {
		m.form.err = msg.err
		return nil
	}
	return m.watch(msg.id)
}

func (m *model) saved(msg savedMsg) {
	if msg.err != nil {
		m.save.failed(msg.err)
		return
	}
	m.saving = false
	m.notice = savedText(msg)
}

// watch opens the screen of a run.
func (m *model) watch(id tools.RunID) tea.Cmd {
	m.screen = watching
	m.output.open(id)
	return m.commands.output(m.output.view, id, 0)
}

// key routes a key: to the topmost overlay, then to what is typed into, then to the keys of all screens, then to the screen.
func (m *model) key(k tea.KeyMsg) tea.Cmd {
	m.notice, m.failed = "", nil
	switch {
	case m.leaving:
		return m.keyLeaving(k)
	case key.Matches(k, keys.interrupt):
		return m.quit()
	case m.helping:
		m.helping = false
		return nil
	case m.saving:
		return m.keySaving(k)
	case m.filtering:
		return m.keyFilter(k)
	case m.screen == choosing && (m.form.typing || key.Matches(k, keys.back, keys.enter, keys.tab)):
		return m.keyForm(k)
	case key.Matches(k, keys.help):
		m.helping = true
		return nil
	case key.Matches(k, keys.quit):
		return m.quit()
	case key.Matches(k, keys.runs) && m.screen != listing:
		m.before, m.screen = m.screen, listing
		m.keepInView()
		return nil
	}
	switch m.screen {
	case choosing:
		return m.keyForm(k)
	case watching:
		return m.keyOutput(k)
	case listing:
		return m.keyRuns(k)
	default:
		return m.keyHome(k)
	}
}

// typing says whether letters go into a text.
func (m *model) typing() bool {
	return m.saving || m.filtering || m.screen == choosing && m.form.typing
}

// quit leaves at once if nothing runs, else it asks.
func (m *model) quit() tea.Cmd {
	if m.runs.runs.Active() == 0 {
		return tea.Quit
	}
	m.leaving = true
	return nil
}

func (m *model) keyLeaving(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.yes, keys.interrupt, keys.quit):
		return tea.Quit
	case key.Matches(k, keys.no):
		m.leaving = false
	}
	return nil
}

func (m *model) keyHome(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.tab):
		m.onPods = !m.onPods
	case key.Matches(k, keys.filter):
		m.filtering, m.onPods = true, true
		m.filter.Focus()
	case key.Matches(k, keys.back):
		m.setFilter("")
	case key.Matches(k, keys.enter) && !m.onPods:
		m.onPods = true
	case key.Matches(k, keys.enter):
		m.choose()
	default:
		m.moveHome(k)
	}
	return nil
}

// choose opens the form for the pod under the cursor, or says why no tool can run in it.
func (m *model) choose() {
	pod, ok := m.pods.selected()
	if !ok {
		return
	}
	if err := tools.Runnable(pod, m.deps.Here); err != nil {
		m.failed = err
		return
	}
	m.form.open(pod)
	m.screen = choosing
	m.keepInView()
}

func (m *model) moveHome(k tea.KeyMsg) {
	height := m.paneHeight()
	by := 0
	switch {
	case key.Matches(k, keys.up):
		by = -1
	case key.Matches(k, keys.down):
		by = 1
	case key.Matches(k, keys.pageUp):
		by = -height
	case key.Matches(k, keys.pageDown):
		by = height
	case key.Matches(k, keys.top):
		by = -len(m.pods.all) - len(m.namespaces.names)
	case key.Matches(k, keys.bottom):
		by = len(m.pods.all) + len(m.namespaces.names)
	}
	if m.onPods {
		m.pods.move(by, height)
		return
	}
	m.namespaces.move(by, height)
	m.pods.in = m.namespaces.selected()
	m.pods.refresh(height)
}

func (m *model) keyFilter(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "enter", "tab", "down":
		m.filtering = false
		m.filter.Blur()
		return nil
	case "esc":
		m.setFilter("")
		return nil
	}
	var cmd tea.Cmd
	m.filter, cmd = m.filter.Update(k)
	m.pods.filter = m.filter.Value()
	m.pods.refresh(m.paneHeight())
	return cmd
}

func (m *model) setFilter(text string) {
	m.filtering = false
	m.filter.SetValue(text)
	m.filter.Blur()
	m.pods.filter = text
	m.pods.refresh(m.paneHeight())
}

func (m *model) keyForm(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.back):
		m.screen = home
		return nil
	case key.Matches(k, keys.enter):
		return m.submit()
	default:
		return m.form.update(k, m.listHeight())
	}
}

// submit starts what the form says.
func (m *model) submit() tea.Cmd {
	if m.form.starting {
		return nil
	}
	request, err := m.form.request(tools.Size{Columns: m.width, Rows: m.bodyHeight()})
	if err != nil {
		m.form.err = err
		return nil
	}
	m.form.starting = true
	return m.commands.start(request)
}

func (m *model) keyOutput(k tea.KeyMsg) tea.Cmd {
	run, known := m.runs.find(m.output.id)
	switch {
	case key.Matches(k, keys.back):
		m.screen = home
	case key.Matches(k, keys.stop):
		return m.commands.stop(m.output.id)
	case key.Matches(k, keys.save) && known:
		return m.openSave(run)
	default:
		m.output.update(k, m.bodyHeight())
	}
	return nil
}

func (m *model) openSave(r tools.State) tea.Cmd {
	m.saving = true
	m.save.open(r)
	return m.commands.defaultPath(r)
}

func (m *model) keySaving(k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		m.saving = false
		return nil
	case "enter":
		target, ok := m.save.target()
		if !ok {
			return nil
		}
		m.save.saving = true
		return m.commands.save(m.save.id, m.save.capture, target)
	default:
		return m.save.update(k)
	}
}

func (m *model) keyRuns(k tea.KeyMsg) tea.Cmd {
	run, ok := m.runs.selected()
	switch {
	case key.Matches(k, keys.back, keys.runs):
		m.screen = m.before
		if m.screen == watching { // its output went on meanwhile
			return m.watch(m.output.id)
		}
	case !ok:
	case key.Matches(k, keys.enter):
		return m.watch(run.ID)
	case key.Matches(k, keys.stop):
		return m.commands.stop(run.ID)
	case key.Matches(k, keys.save):
		return m.openSave(run)
	case key.Matches(k, keys.up):
		m.runs.move(-1, m.listHeight())
	case key.Matches(k, keys.down):
		m.runs.move(1, m.listHeight())
	case key.Matches(k, keys.pageUp):
		m.runs.move(-m.listHeight(), m.listHeight())
	case key.Matches(k, keys.pageDown):
		m.runs.move(m.listHeight(), m.listHeight())
	case key.Matches(k, keys.top):
		m.runs.move(-len(m.runs.runs), m.listHeight())
	case key.Matches(k, keys.bottom):
		m.runs.move(len(m.runs.runs), m.listHeight())
	}
	return nil
}

func (m *model) keepInView() {
	m.pods.refresh(m.paneHeight())
	m.namespaces.keep(len(m.namespaces.names)+1, m.paneHeight())
	m.runs.keep(len(m.runs.runs), m.listHeight())
	m.form.tools.keep(len(m.form.catalogue), m.listHeight())
}

// noticeLines is what just happened, below the screen.
func (m *model) noticeLines() []string {
	switch {
	case m.failed != nil:
		return m.styles.problem(m.failed, max(0, m.width-1))
	case m.notice != "":
		return styleAll(m.styles.good, wrapAll(m.notice, m.width))
	default:
		return nil
	}
}
