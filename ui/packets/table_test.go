package packets

import (
	"testing"
	"time"

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
		answerAll(t, table, table.Settle(80, 16, line.Reading{}, nil))
	}
}

func TestOnlyTheRowsThatAreSeenAreInMemory(t *testing.T) {
	c := &fakes.Capture{}
	c.Add(fakes.Traffic(100_000)...)
	var table Table
	table.Open(NewQuestions(t.Context(), c, 0), tools.TextID{Run: 1}, 1)
	answerAll(t, &table, table.Settle(80, 16, line.Reading{}, nil))
	for _, k := range []tea.KeyType{tea.KeyHome, tea.KeyPgDown, tea.KeyEnd, tea.KeyPgUp} {
		table.Key(tea.KeyMsg{Type: k})
		answerAll(t, &table, table.Settle(80, 16, line.Reading{}, nil))
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
		table.Open(NewQuestions(t.Context(), c, 0), tools.TextID{Run: 1}, view)
		answerAll(t, &table, table.Settle(80, 16, line.Reading{}, nil))
	}
	for view := range 5 {
		open(view + 1)
	}
	if c.Waiting != 1 {
		t.Errorf("it waits %d times", c.Waiting)
	}
}

// Packets of an old capture, or of a node whose clock is late, have times of their own: cut short, all of them would look the same.
func TestTheTimeOfAPacketIsSeenWholeOnWhateverClockItIs(t *testing.T) {
	c := &fakes.Capture{}
	c.Add(fakes.Traffic(3)...)
	for _, width := range []int{60, 80, 100, 120, 160} {
		for _, began := range []time.Time{fakes.Noon.Add(-59 * time.Minute), fakes.Noon.Add(time.Hour)} {
			for _, stamp := range []line.Stamp{line.SinceStart, line.Arrival, line.SinceBefore} {
				how := line.Reading{Began: began}
				var table Table
				table.Open(NewQuestions(t.Context(), c, 0), tools.TextID{Run: 1}, 1)
				table.stamp = stamp
				answerAll(t, &table, table.Settle(width, 16, how, nil))
				table.Settle(width, 16, how, nil)
				for _, p := range table.rows {
					text := table.timeOf(p, p.Time.Add(-118243*time.Microsecond)) // of the row above
					if got := table.columns().time; got < len(text) {
						t.Errorf("%d cells, kind %v, began %v: %s has %d", width, stamp, began, text, got)
					}
				}
			}
		}
	}
}
