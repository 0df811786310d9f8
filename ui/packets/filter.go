package packets

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/line"
)

const mostFound = 1 << 20 // how many of the packets that a filter finds are kept: 8 MiB

// packetFilter says which packets are shown: those of a conversation, those that match a query, or both.
type packetFilter struct {
	text  string
	query query // of the text; nil matches everything
	err   error // why the text cannot be understood: the filter then matches everything
	talk  *Talk // nil: of any
}

// filterFor is the filter for a text that was typed.
func filterFor(text string, talk *Talk) packetFilter {
	q, err := parseQuery(text)
	if err != nil {
		q = nil
	}
	return packetFilter{text: text, query: q, err: err, talk: talk}
}

// Talk is a conversation whose packets are shown. It never changes.
type Talk struct {
	a, b         netip.AddrPort
	protocol     string
	tunnel       string    // the tunnel that it is in; "" for none
	device       uint32    // the index of its interface; 0: not known
	first, until time.Time // when it began; when the next one between these ends did, zero if there is none
	from         int       // which capture of a set it is in
}

func (f packetFilter) on() bool { return f.query != nil || f.talk != nil }

// takes says whether a packet is shown.
func (f packetFilter) takes(p *capture.Packet, names line.Names, pod string) bool {
	if f.talk != nil && !f.talk.has(p) {
		return false
	}
	return f.query == nil || f.query(&candidate{Packet: p, names: names, pod: pod})
}

// searched is the text that a filter searches of a packet, in lower case. pod is the one of a set that it was captured in.
func searched(p *capture.Packet, names line.Names, pod string) string {
	var b strings.Builder
	b.WriteString(pod + " " + p.Protocol + " " + p.Info + " ")
	if p.Over != p.Protocol {
		b.WriteString(p.Over + " ")
	}
	for _, e := range ends(p) {
		b.WriteString(endWords(p, e, names))
	}
	if p.Tunnel != "" {
		b.WriteString(endWords(p, end{addr: p.OuterSrc}, names) + endWords(p, end{addr: p.OuterDst}, names))
	}
	return strings.ToLower(b.String())
}

// endWords is the searched text of one end of a packet.
func endWords(p *capture.Packet, e end, names line.Names) string {
	text := e.text + " "
	if !e.addr.IsValid() {
		return text
	}
	text += e.addr.String()
	if e.port > 0 {
		text += ":" + strconv.Itoa(int(e.port))
	}
	if names != nil {
		if name, ok := names.At(e.addr, p.Time); ok {
			text += " " + name.String()
		}
	}
	return text + " "
}

// end is where a packet comes from, or goes to.
type end struct {
	addr netip.Addr
	port uint16
	text string // if there is no address
}

func ends(p *capture.Packet) [2]end {
	return [2]end{{p.Src, p.SrcPort, p.SrcText}, {p.Dst, p.DstPort, p.DstText}}
}

func (t *Talk) has(p *capture.Packet) bool {
	a, b := netip.AddrPortFrom(p.Src, p.SrcPort), netip.AddrPortFrom(p.Dst, p.DstPort)
	if p.From != t.from || p.Over != t.protocol || p.Tunnel != t.tunnel || p.Interface != t.device || !(a == t.a && b == t.b || a == t.b && b == t.a) {
		return false
	}
	return !p.Time.Before(t.first) && (t.until.IsZero() || p.Time.Before(t.until))
}

// packetHits are the numbers of the packets that match a filter. The search runs in the background, from the oldest packet on.
type packetHits struct {
	id      int // grows with each filter; an answer for an earlier one is thrown away
	numbers []int64
	next    int64 // number to continue from
	busy    bool  // a step is on its way
	dropped bool  // the oldest were dropped, because there were too many
}

func (h *packetHits) index(number int64) int {
	return sort.Search(len(h.numbers), func(i int) bool { return h.numbers[i] >= number })
}

// age drops the hits that have left the ring.
func (h *packetHits) age(first int64) {
	if len(h.numbers) > 0 && h.numbers[0] < first {
		h.numbers = h.numbers[h.index(first):]
	}
}

// setFilter changes the filter, and begins to search.
func (t *Table) setFilter(f packetFilter) {
	t.filter = f
	t.found = packetHits{id: t.found.id + 1, busy: t.found.busy}
	t.keep()
}

// nextStep is the number to search from, if anything is left to search.
func (t *Table) nextStep() (packetStep, bool) {
	if !t.filter.on() || t.found.busy || t.searchedAll() {
		return packetStep{}, false
	}
	return packetStep{t.view, t.found.id, t.run, t.filter, t.how.Names, t.pods, max(t.found.next, t.state.First)}, true
}

// searchedAll says whether the filter has searched all packets that there are.
func (t *Table) searchedAll() bool { return max(t.found.next, t.state.First) > t.state.Last }

// takeFound adds what a step has found.
func (t *Table) takeFound(msg foundMsg) {
	t.found.busy = false
	if msg.step.id != t.found.id {
		return
	}
	t.found.numbers = append(t.found.numbers, msg.numbers...)
	t.found.next = msg.next
	if msg.next == msg.step.from && t.state.Ended { // what is behind is no packet
		t.found.next = t.state.Last + 1
	}
	if len(t.found.numbers) > mostFound {
		t.found.dropped = true
		t.found.numbers = slices.Clone(t.found.numbers[len(t.found.numbers)-mostFound/2:])
	}
}
