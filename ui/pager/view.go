package pager

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/line"
	"github.com/fennec-project/podtracer/ui/style"
)

const (
	marginWidth    = 1
	longestPodName = 24
)

// shown is the text of a line, with names in place of addresses.
func (p *Pager) shown(l outputLine) string { return p.how.Named(l.text, l.time) }

// prefix is the pod's name before a line of a set.
func (p *Pager) prefix(l outputLine) string {
	if p.text.Set == 0 {
		return ""
	}
	return cells.FitMiddle(cells.Clean(p.of.Pods[l.run]), p.prefixWidth()-1) + " "
}

func (p *Pager) prefixWidth() int {
	if p.text.Set == 0 {
		return 0
	}
	width := 4
	for _, name := range p.of.Pods {
		width = max(width, runewidth.StringWidth(cells.Clean(name)))
	}
	return min(width, longestPodName, max(5, p.width/4)) + 1
}

func (p *Pager) textWidth() int {
	return max(8, p.width-marginWidth-p.stamp.Width()-p.prefixWidth())
}

// layOut makes the rows to draw, if all of their lines have been fetched.
func (p *Pager) layOut() {
	rows := make([]row, 0, p.height)
	_, last := p.bounds()
	bottom := uint64(0) // the last line that has a row
	if p.lost {
		rows = append(rows, p.lostRow())
	}
	for s := p.top; last > 0 && len(rows) < p.height; {
		l, ok := p.lines[s.line]
		if !ok {
			return
		}
		rows, bottom = p.addRows(rows, s, l), s.line
		next := p.away(s.line, 1)
		if next <= s.line {
			break
		}
		s = spot{line: next}
	}
	if last == 0 && p.filtered() && !p.filter.done { // some may still be found
		return
	}
	if bottom == last {
		rows = append(rows, p.openRows()...)
	}
	p.rows = rows[:min(len(rows), p.height)]
}

// Body draws the rows.
func (p *Pager) Body(s style.Styles, height int) []string {
	out := make([]string, 0, height)
	for _, r := range p.rows[:min(len(p.rows), height)] {
		out = append(out, p.drawn(s, r))
	}
	if len(p.rows) == 0 {
		out = append(out, s.Dim.Render(cells.Fit(" "+p.emptyText(), p.width)))
	}
	for len(out) < height {
		out = append(out, "")
	}
	return out
}

func (p *Pager) drawn(s style.Styles, r row) string {
	stamp, prefix := r.stamp, r.prefix
	if !r.begins {
		stamp, prefix = strings.Repeat(" ", p.stamp.Width()), strings.Repeat(" ", p.prefixWidth())
	}
	if prefix != "" {
		prefix = s.Of(p.of.Inks[r.pod]).Render(prefix)
	}
	if stamp != "" {
		stamp = s.Dim.Render(stamp)
	}
	text, end := r.text[r.piece.From:r.piece.To], r.end
	if fill := p.textWidth() - runewidth.StringWidth(text+end); fill > 0 {
		end += strings.Repeat(" ", fill)
	}
	switch {
	case p.chosen.has(r.line, p.cursor):
		text = s.Selected.Render(text + end)
	case r.note:
		text = s.Dim.Render(s.Paint(text, p.inks(r))) + end
	default:
		text = s.Paint(text, p.inks(r)) + end
	}
	return p.margin(s, r) + stamp + prefix + text
}

// inks are the colours of the piece of a line that a row shows.
func (p *Pager) inks(r row) []style.Ink {
	tints := line.Tints(p.of.Tool)
	if r.note {
		tints = nil
	}
	return line.Inks(r.text, r.piece, tints, p.patterns[highlighting].re, p.patterns[searching].re)
}

// margin is the cell before a line: it shows the cursor, a bookmark, or that the line is selected.
func (p *Pager) margin(s style.Styles, r row) string {
	at, marked := r.line == p.cursor && !p.follow, p.marks[r.line]
	switch {
	case !r.begins && p.chosen.has(r.line, p.cursor):
		return s.Accent.Render("┃")
	case !r.begins:
		return " "
	case at && marked:
		return s.Accent.Render("◈")
	case marked:
		return s.Accent.Render("◆")
	case at:
		return s.Accent.Render("▸")
	case p.chosen.has(r.line, p.cursor):
		return s.Accent.Render("┃")
	default:
		return " "
	}
}

func (p *Pager) emptyText() string {
	switch {
	case p.filtered() && p.stuck:
		return "the lines could not be read: press any key to try again"
	case p.filtered() && !p.filter.done:
		return "looking …"
	case p.filtered() && (p.end > 0 || len(p.open) > 0):
		return "no line passes the filter: esc clears it"
	case p.state.Ended:
		return "no output"
	default:
		return "no output yet …"
	}
}

// Bar is the line below the output: the prompt, or the patterns in force and their hits. It is empty if there is neither.
func (p *Pager) Bar(s style.Styles, width int) []string {
	switch {
	case p.prompt.on:
		return []string{p.promptLine(s, width)}
	case p.chosen.on:
		return []string{cells.BesideStyled(" "+s.Accent.Render(p.selectionText()), s.Dim.Render("enter copies them "), width)}
	}
	left := ""
	for kind, t := range patternTexts {
		if text := p.patterns[kind].text; text != "" && p.patterns[kind].re != nil {
			left += " " + s.Accent.Render(t.sign) + " " + cells.Clean(text) + " "
		}
	}
	if left == "" {
		return nil
	}
	return []string{cells.BesideStyled(left, p.counts(s)+" ", width)}
}

func (p *Pager) promptLine(s style.Styles, width int) string {
	q := &p.prompt
	label := "@ go to the time"
	if q.kind < patternCount {
		label = patternTexts[q.kind].sign + " " + patternTexts[q.kind].name
	}
	right := p.counts(s)
	switch {
	case q.err != nil && q.kind < patternCount:
		right = s.Bad.Render(cells.Fit(cells.Clean(patternError(q.err)), min(runewidth.StringWidth(cells.Clean(patternError(q.err))), width/2)))
	case q.err != nil:
		right = s.Bad.Render(q.err.Error() + ": 12:04:20, -5m or +30s")
	case q.kind == asMoment:
		right = s.Dim.Render("12:04:20, or -5m, +30s from this line")
	}
	room := width - cells.StyledWidth(right) - len(label) - 5
	q.input.Width = max(8, room)
	return cells.BesideStyled(" "+s.Accent.Render(label)+" "+q.input.View(), right+" ", width)
}

// counts says what the patterns find.
func (p *Pager) counts(s style.Styles) string {
	var parts []string
	if p.searched() {
		parts = append(parts, p.matchText())
	}
	if p.filtered() {
		parts = append(parts, p.filter.counted()+" of "+figures.Plural(p.end-min(max(p.state.First, 1), p.end+1)+1, "line")+p.unfinished(&p.filter))
	}
	return s.Dim.Render(strings.Join(parts, " · "))
}

// How briefly a position is described: in full, without the settings that keys have changed, or in few words.
const (
	inFull = iota
	withoutNaming
	withoutTimes
	briefest
)

// Positions describe which part of the output is visible, from the longest text to the shortest.
func (p *Pager) Positions() []string {
	var out []string
	for brief := inFull; brief <= briefest; brief++ {
		out = append(out, p.position(brief))
	}
	return out
}

func (p *Pager) position(brief int) string {
	_, last := p.bounds()
	var parts []string
	if brief < withoutNaming {
		parts = append(parts, p.how.Naming.String())
	}
	if p.stamp != line.NoStamp && brief < withoutTimes {
		parts = append(parts, "time: "+p.stamp.String())
	}
	if p.left > 0 && !p.wrapped && brief < withoutTimes {
		parts = append(parts, fmt.Sprintf("from column %d", p.left+1))
	}
	below := uint64(0)
	if bottom := p.walk(p.top, p.height-1); bottom.line < last {
		below = p.below(bottom.line)
	}
	if !p.follow && p.end > 0 {
		parts = append(parts, "line "+figures.Count(p.cursor)+" of "+figures.Count(p.end))
	}
	words := " below · f follow"
	if brief == briefest {
		words = " · f"
	}
	switch unseen := p.below(max(p.paused, p.top.line)); {
	case p.follow && p.state.Ended:
		parts = append(parts, "end")
	case p.follow:
		parts = append(parts, "following")
	case below > 0 && p.end > p.paused && unseen > 0:
		parts = append(parts, figures.Plural(p.below(p.paused), "new line")+words)
	case below > 0:
		parts = append(parts, figures.Plural(below, "line")+words)
	default:
		parts = append(parts, "end · f follow")
	}
	return strings.Join(parts, " · ")
}

// below is how many lines are shown behind a line.
func (p *Pager) below(line uint64) uint64 {
	if p.filtered() {
		return uint64(p.filter.len() - p.filter.index(line+1))
	}
	return p.end - min(p.end, line)
}
