package packets

import (
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// openPacket is a dissected packet: its layers and fields, and its bytes.
type openPacket struct {
	on            bool
	number        int64
	come          bool // it has arrived
	packet        capture.Decoded
	err           error
	rows          []treeRow
	cursor, top   int // of rows; of lines
	width, height int
	at            string // the field under the cursor, by name: it is found again in the next packet
}

// treeRow is a layer, or a field of a layer.
type treeRow struct {
	name       string // of the layer and the field
	text       string // clean
	layer      bool
	start, end int // its bytes
}

// openPacket opens a packet.
func (t *Table) openPacket(number int64) tea.Cmd {
	if t.len() == 0 {
		return nil
	}
	t.setFollow(false)
	t.opened.on, t.opened.number = true, number
	return t.ask.packet(t.view, t.run, number)
}

// KeyOpen takes a key while a packet is open, and says whether the key means something there. It returns what there is to say.
func (t *Table) KeyOpen(k tea.KeyMsg) (cmd tea.Cmd, notice string, taken bool) {
	p := &t.opened
	switch {
	case key.Matches(k, keys.Back):
		p.on = false
	case key.Matches(k, keys.Left) && t.step(-1), key.Matches(k, keys.Right) && t.step(1):
		return t.openPacket(t.cursor), "", true
	case key.Matches(k, keys.Left):
		return nil, "this is the first packet that is left", true
	case key.Matches(k, keys.Right):
		return nil, "this is the newest packet so far", true
	default:
		by, moves := keys.Rows(k, max(1, p.treeHeight()-1))
		if moves {
			p.move(by)
		}
		return nil, "", moves
	}
	return nil, "", true
}

func (p *openPacket) move(by int) {
	p.cursor = max(0, min(p.cursor+by, len(p.rows)-1))
	if len(p.rows) > 0 {
		p.at = p.rows[p.cursor].name
	}
}

func (p *openPacket) resize(width, height int) { p.width, p.height = width, height }

// take shows a packet that was dissected.
func (p *openPacket) take(msg packetMsg) {
	p.packet, p.err, p.come, p.rows, p.cursor, p.top = msg.decoded, msg.err, true, nil, 0, 0
	if msg.err != nil {
		return
	}
	for _, l := range p.packet.Layers {
		size := figures.Plural(max(0, l.End-l.Start), "byte")
		p.rows = append(p.rows, treeRow{l.Name, cells.Clean(l.Name) + ", " + size, true, l.Start, l.End})
		for _, f := range l.Fields {
			p.rows = append(p.rows, treeRow{l.Name + " " + f.Name, cells.Clean(f.Name) + ": " + cells.Clean(f.Value), false, f.Start, f.End})
		}
	}
	for i, r := range p.rows {
		if r.name == p.at {
			p.cursor = i
			return
		}
	}
}

// beside says whether tree and bytes stand side by side.
func (p *openPacket) beside() bool { return p.width >= treeBesideWidth }

const treeBesideWidth = 130

// hexHeight is how many rows the bytes get, below the tree.
func (p *openPacket) hexHeight() int {
	if p.beside() {
		return p.height - p.head()
	}
	need := (len(p.packet.Bytes) + hexBytes(p.width) - 1) / hexBytes(p.width)
	return max(1, min(need, (p.height-p.head()-1)/2))
}

func (p *openPacket) treeHeight() int {
	if p.beside() {
		return p.height - p.head()
	}
	return max(1, p.height-p.head()-1-p.hexHeight())
}

// lines draws the packet: as a summary, as a tree, and as bytes.
func (p *openPacket) lines(s style.Styles, how line.Reading, pods []string, height int) []string {
	p.height = height
	if !p.come || p.packet.Number != p.number && p.err == nil {
		return []string{s.Dim.Render(cells.Fit(fmt.Sprintf(" packet %d …", p.number), p.width))}
	}
	if p.err != nil {
		if errors.Is(p.err, capture.ErrNoPacket) {
			return style.All(s.Warn, cells.Wrap(fmt.Sprintf(" packet %d is not there: it has aged out, or has not been read yet", p.number), p.width))
		}
		return s.Problem(p.err, p.width)
	}
	out := p.summary(s, how, pods)
	var chosen treeRow
	if len(p.rows) > 0 {
		chosen = p.rows[p.cursor]
	}
	if p.beside() {
		hex := hexLines(s, p.packet.Bytes, chosen.start, chosen.end, hexWidth(16), p.hexHeight())
		tree := p.tree(s, p.width-hexWidth(16)-1, p.treeHeight())
		for len(hex) < len(tree) {
			hex = append(hex, "")
		}
		for len(tree) < len(hex) {
			tree = append(tree, strings.Repeat(" ", p.width-hexWidth(16)-1))
		}
		return append(out, style.Join(style.Join(tree, bars(s, len(tree))), hex)...)
	}
	out = append(out, p.tree(s, p.width, p.treeHeight())...)
	for len(out) < p.head()+p.treeHeight() {
		out = append(out, "")
	}
	out = append(out, s.Dim.Render(rule(bytesAt(chosen), p.width)))
	return append(out, hexLines(s, p.packet.Bytes, chosen.start, chosen.end, p.width, p.hexHeight())...)
}

// rule is a line with a text in it.
func rule(text string, width int) string {
	text = "── " + text + " "
	return text + strings.Repeat("─", max(0, width-runewidth.StringWidth(text)))
}

func bars(s style.Styles, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s.Dim.Render("│")
	}
	return out
}

// head is how many lines the packet's summary takes.
func (p *openPacket) head() int {
	if p.width < style.WideWidth {
		return 2
	}
	return 1
}

// summary is the packet in one line, or in two.
func (p *openPacket) summary(s style.Styles, how line.Reading, pods []string) []string {
	q := &p.packet.Packet
	between := ends(q)
	from, to := endText(between[0], how, q.Time, true), endText(between[1], how, q.Time, true)
	text := fmt.Sprintf(" %s  %s  %s → %s  ", figures.Count(q.Number), q.Time.Format("15:04:05.000000"), from, to)
	if pod := podOf(pods, q.From); pod != "" {
		text = " " + pod + " " + text
	}
	info := cells.Clean(q.Info)
	if q.Captured < q.Length {
		info = fmt.Sprintf("(%d of %d bytes) ", q.Captured, q.Length) + info
	}
	if q.Reset || q.Retransmit {
		info = s.Bad.Render(info)
	}
	info = s.Of(protocolInk(q.Protocol)).Render(cells.Clean(q.Protocol)) + "  " + info
	if p.head() == 1 {
		return []string{cells.FitStyled(text+info, p.width)}
	}
	return []string{cells.FitStyled(text, p.width), cells.FitStyled(" "+info, p.width)}
}

// bytesAt says where the bytes of a field are.
func bytesAt(r treeRow) string {
	if r.end <= r.start {
		return "no bytes of its own"
	}
	if r.end == r.start+1 {
		return fmt.Sprintf("byte %d", r.start)
	}
	return fmt.Sprintf("bytes %d to %d", r.start, r.end-1)
}

// tree draws the layers and fields around the cursor. Long values continue in the next line.
func (p *openPacket) tree(s style.Styles, width, height int) []string {
	const set = 4 // cells by which fields are indented
	type line struct {
		row  int
		text string
	}
	var all []line
	first, last := 0, 0 // lines of the row under the cursor
	for i, r := range p.rows {
		if i == p.cursor {
			first = len(all)
		}
		if r.layer {
			all = append(all, line{i, cells.Fit("▾ "+r.text, width-1)})
		} else {
			for _, piece := range cells.Break(r.text, width-1-set) {
				all = append(all, line{i, cells.Fit(strings.Repeat(" ", set)+r.text[piece.From:piece.To], width-1)})
			}
		}
		if i == p.cursor {
			last = len(all) - 1
		}
	}
	w := scroll.Window{Cursor: last, Top: p.top}
	w.Keep(len(all), height)
	p.top = min(w.Top, first)
	var out []string
	for _, l := range all[min(p.top, len(all)):min(len(all), p.top+height)] {
		switch {
		case l.row == p.cursor:
			out = append(out, s.Selected.Render("▸"+l.text))
		case p.rows[l.row].layer:
			out = append(out, " "+s.Strong.Render(l.text))
		default:
			out = append(out, " "+l.text)
		}
	}
	return out
}

// position says which packet it is, and where the field is in it.
func (p *openPacket) position() string {
	text := "packet " + figures.Count(p.number)
	if p.come && p.err == nil && len(p.rows) > 0 {
		text += " · " + bytesAt(p.rows[p.cursor]) + " of " + figures.Count(len(p.packet.Bytes))
	}
	return text
}
