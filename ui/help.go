package ui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/help"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

var helpLayer = layer{
	name: "help", claim: takingAll, shown: func(m *model) bool { return m.helping },
	key: (*model).keyHelp, over: (*model).helpBox, hint: (*model).helpHint,
	wheel: func(m *model, rows int) tea.Cmd { m.scrollHelp(rows); return nil },
}

// help is the help of the topmost layer.
func (m *model) help() help.Page {
	of := m.helped()
	h := of.help()
	h = h.With("everywhere", everywhere(h, of.claim))
	if lacks := m.snapshot.Lacks; len(lacks) > 0 && of.name == homeLayer.name {
		h = h.With("rights that are missing", append(lackRows(lacks), help.Tell(cells.Clean(m.deps.Call.All("doctor"))+" prints the commands in one piece")))
	}
	if len(m.said) > 0 {
		h = h.With("what the credential plugin said", saidRows(m.said))
	}
	return h
}

// everywhere are the keys of all screens. Where text is typed, or a question is asked, only a few keys are left.
func everywhere(h help.Page, c claim) []help.Row {
	switch c {
	case asking, answering:
		return []help.Row{help.Does("this help", keys.Help)}
	case typing:
		return []help.Row{
			help.Does("clear all before the cursor; the word before it", keys.Bind("ctrl+u", "", "ctrl+u"), keys.Bind("ctrl+w", "", "ctrl+w")),
			help.Does("this help", keys.Bind("F1", "", "f1")), help.Does("quit: all tools stop", keys.Interrupt),
		}
	}
	runs := help.Does("all runs; mouse wheel on or off", keys.Runs, keys.Mouse)
	if h.Tells(keys.Runs) {
		runs = help.Does("mouse wheel on or off", keys.Mouse)
	}
	return []help.Row{
		help.Does("this help (F1 where text is typed)", keys.Help), runs,
		help.Does("quit: all tools stop, what is not saved is gone", keys.Quit, keys.Interrupt),
	}
}

const helpWidth = 80

// helpLines are the lines of the help, and of how many there is room at a time.
func (m *model) helpLines() (lines []string, room int) {
	return m.help().Lines(m.styles, min(m.width, helpWidth)-2), max(1, m.height-4)
}

func (m *model) helpBox() []string {
	lines, room := m.helpLines()
	title := "help: " + m.help().Title
	if len(lines) > room {
		top := min(m.helpTop, len(lines)-room)
		title += ", lines " + figures.Count(top+1) + " to " + figures.Count(top+room) + " of " + figures.Count(len(lines))
		lines = lines[top : top+room]
	}
	return m.styles.Box(title, lines, min(m.width, helpWidth), len(lines)+2, true)
}

func (m *model) helpHint() []keys.Offer {
	if lines, room := m.helpLines(); len(lines) > room {
		return []keys.Offer{keys.Offers("read on", keys.UpDown, keys.Pages), keys.Says("any other key closes the help")}
	}
	return []keys.Offer{keys.Says("any key closes the help")}
}

// keyHelp takes a key while the help is shown: it closes it, unless there is more to read.
func (m *model) keyHelp(k tea.KeyMsg) tea.Cmd {
	lines, room := m.helpLines()
	if key.Matches(k, keys.Interrupt) {
		m.helping = false
		return m.quit()
	}
	by, moves := keys.Rows(k, room)
	if !moves || len(lines) <= room {
		m.helping = false
		return nil
	}
	m.scrollHelp(by)
	return nil
}

func (m *model) scrollHelp(by int) {
	lines, room := m.helpLines()
	m.helpTop = max(0, min(m.helpTop+by, len(lines)-room))
}

// lackRows are what is missing, what that means, and how it is given.
func lackRows(lacks []k8s.Lack) (rows []help.Row) {
	for _, l := range lacks {
		rows = append(rows, help.Tell(cells.Clean("to "+l.Right+" "+l.Scope+": "+l.Means+". Who administers the cluster gives the right with: "+l.Commands)))
	}
	return rows
}

// saidMsg is what a credential plugin said while the console has the terminal: the newest lines, the oldest of them first.
type saidMsg struct {
	said    []k8s.Said
	version uint64
}

// hear shows what a credential plugin says, unless it is what it said before, as plugins do each time that they are asked. The help
// keeps it.
func (m *model) hear(said []k8s.Said) {
	newest := said[len(said)-1].Text
	if len(m.said) == 0 || m.said[len(m.said)-1].Text != newest {
		m.notice = m.notice.And("the credential plugin said: "+cells.Clean(newest)+" (the help shows it again)", margin.WorthALook)
	}
	m.said = said
}

// saidRows are the rows of the help, the newest first.
func saidRows(said []k8s.Said) []help.Row {
	var rows []help.Row
	for _, s := range slices.Backward(said) {
		rows = append(rows, help.Said(s.At.Format("15:04:05"), cells.Clean(s.Text)))
	}
	return rows
}
