package pager

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/line"
)

// reader is a person who reads a text. What the pager asks is answered at once.
type reader struct {
	*Pager
	text fakes.Text
}

// open shows a text of so many lines, each of which is its number.
func open(t *testing.T, lines int) *reader {
	r := &reader{Pager: &Pager{}}
	for range lines {
		r.text.Add(text.Line{Text: "a line", Time: fakes.Noon, Run: 1})
	}
	ask := NewQuestions(t.Context(), &r.text, 0, func(string) tea.Cmd { return nil })
	r.do(t, r.Open(ask, tools.TextID{Run: 1}, 1))
	return r
}

// do runs a command and gives the pager the answers, until it asks for nothing more.
func (r *reader) do(t *testing.T, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			r.do(t, c)
		}
	case Answer:
		cmd, _, err := r.Take(msg)
		if err != nil {
			t.Fatal(err)
		}
		r.do(t, cmd)
		r.settle(t)
	}
}

func (r *reader) settle(t *testing.T) {
	r.Resize(80, 20, line.Reading{}, Source{})
	cmd, _ := r.Settle()
	r.do(t, cmd)
}

func TestOnlyTheLinesAroundWhatIsSeenAreInMemory(t *testing.T) {
	r := open(t, 20_000)
	for range 100 {
		r.Key(tea.KeyMsg{Type: tea.KeyPgUp})
		r.settle(t)
	}
	if n := len(r.lines); n < 20 || n > 400 {
		t.Errorf("%d lines are in memory", n)
	}
	r.Key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("g")})
	r.settle(t)
	if at := r.Positions()[0]; r.top.line != 1 || len(r.rows) != 20 {
		t.Errorf("from line %d %d rows are drawn: %s", r.top.line, len(r.rows), at)
	}
}

// What podtracer says may be why a person waits: it is read as a whole, without a key.
func TestWhatPodtracerSaysIsSeenAsAWholeWhileLinesAreCut(t *testing.T) {
	r := open(t, 1)
	reason := "helper on node2 is not scheduled (Unschedulable: " + strings.Repeat("1 node(s) had untolerated taint, ", 5) + "preemption is not helpful)"
	r.text.Add(text.Line{Text: text.NotePrefix + reason, Time: fakes.Noon, Run: 1, Note: true})
	r.text.Add(text.Line{Text: strings.Repeat("output ", 20), Time: fakes.Noon, Run: 1})
	r.do(t, r.ask.text(r.view, r.Pager.text, r.state))
	rows := r.seen()
	if got := strings.Join(rows[1:len(rows)-1], " "); got != text.NotePrefix+reason {
		t.Errorf("%q", got)
	}
	if !strings.HasSuffix(r.last(), "…") {
		t.Errorf("the tool's own line is %q", r.last())
	}
	if r.key(t, "up"); r.cursor != 2 || len(r.seen()) != len(rows) {
		t.Errorf("the cursor is in line %d", r.cursor)
	}
}
