package packets

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/line"
)

// answerAll gives a table the answers to its questions, until it asks for nothing more.
func answerAll(t *testing.T, table *Table, cmd tea.Cmd) {
	t.Helper()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			answerAll(t, table, c)
		}
	case Answer:
		if err := table.Take(msg); err != nil {
			t.Fatal(err)
		}
		answerAll(t, table, table.Settle(80, 16, line.Reading{}))
	}
}

func TestOnlyTheRowsThatAreSeenAreInMemory(t *testing.T) {
	c := &fakes.Capture{}
	c.Add(fakes.Traffic(100_000)...)
	var table Table
	table.Open(NewQuestions(t.Context(), c, 0), tools.RunID(1), 1)
	answerAll(t, &table, table.Settle(80, 16, line.Reading{}))
	for _, k := range []tea.KeyType{tea.KeyHome, tea.KeyPgDown, tea.KeyEnd, tea.KeyPgUp} {
		table.Key(tea.KeyMsg{Type: k})
		answerAll(t, &table, table.Settle(80, 16, line.Reading{}))
		if n := len(table.rows); n != 15 {
			t.Errorf("%d rows are in memory", n)
		}
	}
}

func TestATableThatIsOpenedAgainStillWaitsForWhatItAskedAndAsksNothingTwice(t *testing.T) {
	c := &fakes.Capture{}
	c.Add(fakes.Traffic(10)...)
	var table Table
	open := func(view int) {
		table.Open(NewQuestions(t.Context(), c, 0), tools.RunID(1), view)
		answerAll(t, &table, table.Settle(80, 16, line.Reading{}))
	}
	for view := range 5 {
		open(view + 1)
	}
	if c.Waiting != 1 {
		t.Errorf("it waits %d times", c.Waiting)
	}
}
