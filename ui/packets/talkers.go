package packets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/packet"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/scroll"
)

// Talkers are the conversations of a capture.
type Talkers struct {
	at      scroll.Window
	ask     Questions
	how     line.Reading
	pods    []string // of a set, by capture; nil for a run
	width   int
	run     tools.TextID
	view    int // the number of this showing; answers to an earlier one are thrown away
	height  int // rows
	now     capture.Conversations
	version uint64
	came    bool
	asked   bool
	failed  bool  // they could not be read: nothing is asked for until they are opened again
	order   []int // places in now.List, in the order of the rows
	by      talkOrder
	turned  bool
}

// talkOrder is the column that they are sorted by, the greatest first.
type talkOrder int

const (
	byBytes talkOrder = iota
	byResets
	byRetransmits
	byHandshake
	byLast
	byFirst
	byPackets
	talkOrders
)

var talkOrderTexts = [talkOrders]string{"bytes", "resets", "retransmits", "handshake", "last seen", "first seen", "packets"}

// Open shows the conversations of a run or a set, or, if they were shown last, as they were left: then their open questions stay valid.
func (t *Talkers) Open(ask Questions, run tools.TextID, view int) {
	switch {
	case t.run != run:
		*t = Talkers{ask: ask, run: run, view: view}
	case t.failed:
		t.view, t.failed, t.asked = view, false, false
	}
}

// Settle brings the visible rows up to date, and asks for news. Height is that of the rows and their titles; pods are the names of a
// set's pods, by capture.
func (t *Talkers) Settle(width, height int, how line.Reading, pods []string) tea.Cmd {
	t.width, t.height, t.how, t.pods = width, max(1, height-1), how, pods
	t.at.Keep(len(t.order), t.rows())
	if t.failed || t.asked || t.came && t.now.State.Ended {
		return nil
	}
	t.asked = true
	return t.ask.talkers(t.view, t.run, t.version)
}

// Take takes the answer to a question, if the conversations asked it.
//
// Errors: the error of the question.
func (t *Talkers) Take(answer Answer) error {
	msg, ok := answer.(talkersMsg)
	if !ok || msg.view != t.view {
		return nil
	}
	if t.failed = msg.err != nil; t.failed {
		return msg.err
	}
	at, ok := t.under()
	t.asked, t.came, t.now, t.version = false, true, msg.talkers, msg.version
	t.sort()
	if ok {
		t.choose(at)
	}
	return nil
}

// under is the conversation under the cursor.
func (t *Talkers) under() (packet.Conversation, bool) {
	if t.at.Cursor >= len(t.order) {
		return packet.Conversation{}, false
	}
	return t.now.List[t.order[t.at.Cursor]], true
}

// choose puts the cursor on a conversation, unless the cursor is at the top: there it stays.
func (t *Talkers) choose(c packet.Conversation) {
	if t.at.Cursor == 0 {
		return
	}
	for row, i := range t.order {
		if o := &t.now.List[i]; sameEnds(o, &c) && o.First.Equal(c.First) {
			t.at.Cursor = row
			break
		}
	}
	t.at.Keep(len(t.order), t.rows())
}

func sameEnds(a, b *packet.Conversation) bool {
	return a.From == b.From && a.Protocol == b.Protocol && a.Tunnel == b.Tunnel && a.Interface == b.Interface && (a.A == b.A && a.B == b.B || a.A == b.B && a.B == b.A)
}

// Selected is what finds the packets of the conversation under the cursor.
func (t *Talkers) Selected() (*Talk, bool) {
	c, ok := t.under()
	if !ok {
		return nil, false
	}
	of := &Talk{a: c.A, b: c.B, protocol: c.Protocol, tunnel: c.Tunnel, device: c.Interface, first: c.First, from: c.From}
	for i := range t.now.List {
		o := &t.now.List[i]
		if sameEnds(o, &c) && o.First.After(c.First) && (of.until.IsZero() || o.First.Before(of.until)) {
			of.until = o.First
		}
	}
	return of, true
}

// Key takes a key of the list, and says whether the key means something there.
func (t *Talkers) Key(k tea.KeyMsg) bool {
	switch {
	case key.Matches(k, keys.Sort):
		t.by, t.turned = (t.by+1)%talkOrders, false
		t.sort()
		t.at = scroll.Window{}
	case key.Matches(k, keys.Reverse):
		t.turned = !t.turned
		t.sort()
		t.at = scroll.Window{}
	default:
		by, moves := keys.Rows(k, t.rows())
		if moves {
			t.at.Move(by, len(t.order), t.rows())
		}
		return moves
	}
	return true
}

func (t *Talkers) sort() {
	t.order = t.order[:0]
	for i := range t.now.List {
		t.order = append(t.order, i)
	}
	list := t.now.List
	slices.SortStableFunc(t.order, func(i, j int) int {
		a, b := &list[i], &list[j]
		if t.turned {
			a, b = b, a
		}
		switch t.by {
		case byResets:
			return cmp.Compare(b.Resets, a.Resets)
		case byRetransmits:
			return cmp.Compare(again(b), again(a))
		case byHandshake:
			return cmp.Compare(b.Handshake, a.Handshake)
		case byLast:
			return b.Last.Compare(a.Last)
		case byFirst:
			return a.First.Compare(b.First)
		case byPackets:
			return cmp.Compare(b.FromA.Packets+b.FromB.Packets, a.FromA.Packets+a.FromB.Packets)
		default:
			return cmp.Compare(b.FromA.Bytes+b.FromB.Bytes, a.FromA.Bytes+a.FromB.Bytes)
		}
	})
}

// again is how many segments of a conversation are retransmissions.
func again(c *packet.Conversation) int64 { return c.FromA.Retransmits + c.FromB.Retransmits }

// rows is how many conversations there is room for.
func (t *Talkers) rows() int { return max(1, t.height-len(t.others())) }

// others says which packets belong to no conversation of the list.
func (t *Talkers) others() []string {
	var out []string
	if o := t.now.Others; o.Packets > 0 {
		text := "and " + figures.Plural(o.Packets, "other packet") + ", " + figures.Bytes(o.Bytes) + ": without addresses"
		if t.now.Full {
			text = "and " + figures.Plural(o.Packets, "other packet") + ", " + figures.Bytes(o.Bytes) + ": in conversations beyond the ones counted"
		}
		out = append(out, text)
	}
	if n := t.now.State.Missed; n > 0 {
		out = append(out, figures.Plural(n, "packet")+" aged out before they were read: they are not counted here")
	}
	return out
}

func (t *Talkers) Progress() string { return readSoFar(t.now.State) }

func (t *Talkers) Position() string {
	if len(t.order) == 0 {
		return "no conversation"
	}
	by := "by " + talkOrderTexts[t.by]
	if t.turned {
		by += ", reversed"
	}
	return fmt.Sprintf("%s of %s · %s", figures.Count(t.at.Cursor+1), figures.Plural(len(t.order), "conversation"), by)
}

func (t *Talkers) emptyText() string {
	switch {
	case !t.came:
		return "looking …"
	case t.now.State.Ended:
		return "nobody talked"
	default:
		return "nobody talks yet …"
	}
}

// handshakeText is how long a handshake took; "" if it was not captured.
func handshakeText(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return strings.Replace(fmt.Sprintf("%.1f ms", d.Seconds()*1000), ".0 ", " ", 1)
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}
