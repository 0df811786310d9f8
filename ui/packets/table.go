// Package packets looks at what a capture captured: as a table of packets, as one packet that is open, and as conversations. It
// owns where the person is in them, how packets are filtered, and how their rows are drawn. Its door is Table and Talkers: Open
// shows those of a run, Settle asks for what is missing, Take takes the answers, Key and the other methods that begin with Key
// take keys, Lines, Bar, Position, Progress and Hint draw; the Table shows Only the Talk that is Selected in Talkers. What it
// needs of the world is Captures.
package packets

import (
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// Table is the list of a capture's packets, and the open packet, if there is one. Packets come as answers to questions; only the
// visible rows are in memory.
type Table struct {
	ask           Questions
	run           tools.TextID
	view          int // the number of this showing; answers to an earlier one are thrown away
	how           line.Reading
	pods          []string // of a set, by capture; nil for a run
	width, height int      // of the rows, in cells

	state   capture.State
	came    bool // the state has arrived once
	follow  bool
	cursor  int64 // number of the packet under the cursor
	top     int64 // number of the first visible packet
	paused  int64 // the newest packet when following ended
	stamp   line.Stamp
	rows    map[int64]capture.Packet // the visible packets
	absent  map[int64]bool           // could not be found when they were last asked for
	asked   bool                     // some packets are being asked for
	waiting bool                     // for what comes
	failed  bool                     // the capture could not be read: nothing is asked for until it is opened again

	opened openPacket
	filter packetFilter
	found  packetHits // with a filter: the packets that match
	typing bool
	input  textinput.Model
	begun  struct { // where the cursor was when typing began
		cursor int64
		follow bool
	}
}

// Open shows the packets of a run or a set from the newest on, or, if they were shown last, as they were left: then their open questions
// stay valid.
func (t *Table) Open(ask Questions, run tools.TextID, view int) {
	switch {
	case t.run != run || t.rows == nil:
		*t = Table{ask: ask, run: run, view: view, follow: true, stamp: line.SinceStart, rows: map[int64]capture.Packet{}}
	case t.failed:
		t.view, t.failed, t.asked, t.waiting, t.found.busy = view, false, false, false, false
	}
}

// Leave ends the typing of a filter, and closes the open packet.
func (t *Table) Leave() { t.typing, t.opened.on = false, false }

// Only shows the packets of a conversation, from the first on.
func (t *Table) Only(of *Talk) {
	t.setFilter(packetFilter{talk: of})
	t.setFollow(false)
	t.cursor, t.top = 0, 0
}

// Settle brings the visible rows up to date, and asks for what is missing. Height is that of the rows and their titles; pods are the
// names of a set's pods, by capture.
func (t *Table) Settle(width, height int, how line.Reading, pods []string) tea.Cmd {
	t.width, t.height, t.how, t.pods = width, max(1, height-1), how, pods
	t.opened.resize(width, height)
	t.keep()
	if t.failed {
		return nil
	}
	var cmds []tea.Cmd
	if !t.waiting && !(t.came && t.state.Ended) {
		t.waiting = true
		ask := packetsAsk{view: t.view, run: t.run, await: true, seen: t.state, numbers: t.visible()}
		if t.follow && !t.filter.on() {
			ask.newest = t.height
		}
		cmds = append(cmds, t.ask.packets(ask))
	}
	if want := t.missing(); len(want) > 0 && !t.asked {
		t.asked = true
		cmds = append(cmds, t.ask.packets(packetsAsk{view: t.view, run: t.run, numbers: want}))
	}
	if step, ok := t.nextStep(); ok {
		t.found.busy = true
		cmds = append(cmds, t.ask.find(step))
	}
	return tea.Batch(cmds...)
}

// Take takes the answer to a question, if the table asked it.
//
// Errors: the error of the question, if it means that the capture cannot be read.
func (t *Table) Take(msg Answer) error {
	view, err := msg.asked()
	if view != t.view {
		return nil
	}
	if msg, ok := msg.(packetMsg); ok { // an error about one packet is shown in place of the packet
		if msg.number == t.opened.number {
			t.opened.take(msg)
		}
		return nil
	}
	if t.failed = err != nil; t.failed {
		return err
	}
	switch msg := msg.(type) {
	case packetsMsg:
		t.takePackets(msg)
	case foundMsg:
		t.takeFound(msg)
	}
	return nil
}

// takePackets keeps the visible packets. While the capture is still being read, packets may have come with gaps in what is known:
// those are asked for again.
func (t *Table) takePackets(msg packetsMsg) {
	if msg.ask.await {
		t.waiting = false
	} else {
		t.asked = false
	}
	if t.state.Read < t.state.Bytes && t.state.Read != msg.state.Read {
		clear(t.rows)
	}
	if t.state != msg.state || t.absent == nil { // they may have arrived meanwhile
		t.absent = map[int64]bool{}
	}
	t.state, t.came = msg.state, true
	for _, n := range msg.ask.numbers {
		t.absent[n] = true
	}
	for _, p := range msg.list {
		t.rows[p.Number] = p
		delete(t.absent, p.Number)
	}
	t.keep()
	seen := map[int64]capture.Packet{}
	for _, n := range t.visible() {
		if p, ok := t.rows[n]; ok {
			seen[n] = p
		}
	}
	t.rows = seen
}

// len is how many packets the table has, visible or not.
func (t *Table) len() int {
	if t.filter.on() {
		return len(t.found.numbers)
	}
	return int(max(0, t.state.Last-t.state.First+1))
}

// at is the number of the packet in a row of the whole table.
func (t *Table) at(row int) int64 {
	if t.filter.on() {
		return t.found.numbers[row]
	}
	return t.state.First + int64(row)
}

// index is the row of a packet, or of the next one that is shown.
func (t *Table) index(number int64) int {
	if t.filter.on() {
		return t.found.index(number)
	}
	return int(max(0, min(number-t.state.First, int64(t.len()))))
}

// keep keeps the cursor on a packet that is shown, and visible.
func (t *Table) keep() {
	t.found.age(t.state.First)
	n := t.len()
	if n == 0 {
		return
	}
	w := scroll.Window{Cursor: t.index(t.cursor), Top: t.index(t.top)}
	if t.follow {
		w.Cursor = n - 1
	}
	w.Keep(n, t.height)
	t.cursor, t.top = t.at(w.Cursor), t.at(w.Top)
}

// visible are the numbers of the visible packets.
func (t *Table) visible() []int64 {
	var out []int64
	if n := t.len(); n > 0 {
		first := t.index(t.top)
		for row := first; row < min(n, first+t.height); row++ {
			out = append(out, t.at(row))
		}
	}
	return out
}

func (t *Table) missing() []int64 {
	var out []int64
	for _, n := range t.visible() {
		if _, ok := t.rows[n]; !ok && !t.absent[n] {
			out = append(out, n)
		}
	}
	return out
}

// setFollow begins to follow the newest packet, or stops.
func (t *Table) setFollow(on bool) {
	if t.follow && !on {
		t.paused = t.state.Last
	}
	t.follow = on
	t.keep()
}

// step moves the cursor by some rows, and says whether it moved. It ends following; reaching the end does not start it.
func (t *Table) step(by int) bool {
	n := t.len()
	if n == 0 || by > 0 && t.follow {
		return false
	}
	before := t.cursor
	t.setFollow(false)
	t.cursor = t.at(max(0, min(t.index(t.cursor)+by, n-1)))
	t.keep()
	return t.cursor != before
}

// Typing says whether a filter is being typed.
func (t *Table) Typing() bool { return t.typing }

// IsOpen says whether a packet is open.
func (t *Table) IsOpen() bool { return t.opened.on }

// Key takes a key of the table, and says whether the key means something there.
func (t *Table) Key(k tea.KeyMsg) (cmd tea.Cmd, taken bool) {
	switch {
	case key.Matches(k, keys.Enter):
		return t.openPacket(t.cursor), true
	case key.Matches(k, keys.Back):
		if !t.filter.on() {
			return nil, false
		}
		t.setFilter(packetFilter{})
	case key.Matches(k, keys.Search, keys.Include):
		t.typing, t.input = true, style.NewInput()
		t.begun.cursor, t.begun.follow = t.cursor, t.follow
		t.input.SetValue(t.filter.text)
		t.input.CursorEnd()
		t.input.Focus()
	case key.Matches(k, keys.Stamps):
		t.stamp = t.stamp%(line.StampCount-1) + 1
	case key.Matches(k, keys.Pause, keys.Follow):
		t.setFollow(!t.follow)
	case key.Matches(k, keys.Top):
		t.setFollow(false)
		t.step(-t.len())
	case key.Matches(k, keys.Bottom):
		t.setFollow(true)
	default:
		by, moves := keys.Rows(k, max(1, t.height-1))
		if moves {
			t.step(by)
		}
		return nil, moves
	}
	return nil, true
}

// KeyTyped takes a key while a filter is being typed. The filter applies at each key.
func (t *Table) KeyTyped(k tea.KeyMsg) tea.Cmd {
	switch {
	case key.Matches(k, keys.Enter):
		t.typing = t.filter.err != nil // a filter that is not understood is dropped
		return nil
	case key.Matches(k, keys.Back):
		t.typing = false
		t.setFilter(packetFilter{})
		t.cursor, t.follow = t.begun.cursor, t.begun.follow
		t.keep()
		return nil
	}
	var cmd tea.Cmd
	before := t.input.Value()
	t.input, cmd = t.input.Update(k)
	if text := t.input.Value(); text != before {
		t.setFilter(filterFor(text, t.filter.talk))
	}
	return cmd
}
