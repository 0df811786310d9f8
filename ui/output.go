package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/tools"
)

// output is the screen of one run: its header, and its newest lines. Only the rows that are seen are ever drawn.
type output struct {
	id     tools.RunID
	view   int // grows with each opening; output that an earlier opening asked for is thrown away
	lines  []outputLine
	last   uint64 // number of the newest line
	follow bool
	top    int // first row that is seen, while not following
	left   int // cells that are scrolled out at the left
	unseen int // lines that came since following was switched off
	ended  bool
}

type outputLine struct {
	text string // clean
	note bool
	time time.Time // when it came; whose an address was then is what a name says
}

// maxLines is how many lines the screen keeps to scroll in; the run's spool has everything.
const maxLines = 100_000

func (o *output) open(id tools.RunID) {
	*o = output{id: id, view: o.view + 1, follow: true}
}

// add takes the next lines. Lines that were let go before they could be shown are said to be missing.
func (o *output) add(c tools.Chunk) {
	if c.Skipped > 0 {
		o.append(outputLine{text: fmt.Sprintf("… %s not kept for the screen (all of them are in the run's output: s saves it)", plural(c.Skipped, "line")), note: true})
	}
	for _, l := range c.Lines {
		o.append(outputLine{clean(l.Text), l.Note, l.Time})
	}
	o.last, o.ended = c.Next, c.End
}

func (o *output) append(l outputLine) {
	o.lines = append(o.lines, l)
	if !o.follow {
		o.unseen++
	}
	if len(o.lines) > maxLines+maxLines/10 { // now and then a tenth at once, not each line
		gone := len(o.lines) - maxLines
		o.lines = append(o.lines[:0:0], o.lines[gone:]...)
		o.top = max(0, o.top-gone)
	}
}

func (o *output) first(height int) int {
	end := max(0, len(o.lines)-height)
	if o.follow {
		return end
	}
	return min(o.top, end)
}

// update takes a key that scrolls, and says whether it was one.
func (o *output) update(k tea.KeyMsg, height int) bool {
	const sideways = 16
	switch {
	case key.Matches(k, keys.up):
		o.scroll(-1, height)
	case key.Matches(k, keys.down):
		o.scroll(1, height)
	case key.Matches(k, keys.pageUp):
		o.scroll(-max(1, height-1), height)
	case key.Matches(k, keys.pageDown):
		o.scroll(max(1, height-1), height)
	case key.Matches(k, keys.top):
		o.scroll(-len(o.lines), height)
	case key.Matches(k, keys.bottom):
		o.setFollow(true, height)
	case key.Matches(k, keys.left):
		o.left = max(0, o.left-sideways)
	case key.Matches(k, keys.right):
		o.left += sideways
	case key.Matches(k, keys.follow):
		o.setFollow(!o.follow, height)
	default:
		return false
	}
	return true
}

func (o *output) setFollow(on bool, height int) {
	o.top = o.first(height)
	o.follow = on
	o.unseen = 0
}

// scroll moves by some rows. Upwards ends following; reaching the end does not begin it: lines must not start to move
// under the eyes of somebody who reads the last ones.
func (o *output) scroll(by, height int) {
	at := o.first(height)
	if by > 0 && o.follow {
		return
	}
	o.setFollow(false, height)
	o.top = max(0, min(at+by, len(o.lines)-height))
}

// reading is how the lines are looked at.
type reading struct {
	naming naming
	names  names
}

func (o *output) body(s styles, how reading, width, height int) []string {
	out := make([]string, 0, height)
	first := o.first(height)
	for i := first; i < min(len(o.lines), first+height); i++ {
		drawn := how.naming.named(o.lines[i].text, how.names, o.lines[i].time)
		line := fit(from(drawn, o.left), width)
		if o.lines[i].note {
			line = s.dim.Render(line)
		}
		out = append(out, line)
	}
	if len(o.lines) == 0 {
		out = append(out, s.dim.Render(fit(o.emptyText(), width)))
	}
	for len(out) < height {
		out = append(out, "")
	}
	return out
}

func (o *output) emptyText() string {
	if o.ended {
		return "no output"
	}
	return "no output yet …"
}

// header says what runs where, for how long, and how much came of it.
func (o *output) header(s styles, r tools.State, here string, width int, now time.Time) []string {
	where := clean(r.Pod.Node)
	if r.Pod.Node == here {
		where = "here"
	}
	left := " " + s.strong.Render(clean(r.Tool())) + "  " + s.accent.Render(clean(r.Pod.String())) + s.dim.Render(" · "+where)
	right := s.forRun(r).Render(bullet(r)+" "+took(r, now)) + "  " + amount(r) + " "
	out := []string{besideStyled(left, right, width), s.dim.Render(fit(" "+clean(tools.Join(r.Argv)), width))}
	if r.Capture && !r.Began.IsZero() {
		out = append(out, counterLines(s, r, width)...)
	}
	if r.Frozen != "" && r.Phase != tools.Ended {
		out = append(out, styleAll(s.warn, wrap(" the ring is frozen: "+clean(r.Frozen)+keptAfter(r), width))...)
	}
	if r.Pod.HostNetwork {
		out = append(out, s.warn.Render(fit(" hostNetwork: this is the network of node "+clean(r.Pod.Node)+", not of the pod alone", width)))
	}
	return out
}

func keptAfter(r tools.State) string {
	if r.Ring.KeepAfter == 0 {
		return ""
	}
	return "; it goes on for " + limit(r.Ring.KeepAfter)
}

// trouble says what podtracer could not do, why the run came to an early end, what to do about it, and what a capture is
// worth that is not just complete.
func (o *output) trouble(s styles, r tools.State, width int) []string {
	if r.Err != nil {
		return s.problem(r.Err, width)
	}
	var out []string
	verdict := clean(r.Verdict())
	if r.Phase == tools.Ended && verdict != "" && verdict != "complete" {
		out = append(out, styleAll(s.forVerdict(verdict), wrap(verdict, width))...)
	}
	stopped := errors.Is(r.Cause, tools.ErrAsked) && !r.Exit.Killed // which needs no words
	if r.Cause != nil && r.Status() != 0 && !stopped && !strings.Contains(verdict, clean(r.Cause.Error())) {
		out = append(out, styleAll(s.bad, wrap(clean(r.Outcome()), width))...)
	}
	return out
}

// foot says how the run stands, and what is out of sight.
func (o *output) foot(s styles, how reading, r tools.State, height, width int) string {
	left, right := "── "+standing(r)+" ", " "+how.naming.String()+" · "+o.position(height)+" ──"
	room := width - runewidth.StringWidth(right)
	left = runewidth.Truncate(left, room-2, "… ")
	return s.forRun(r).Render(left + strings.Repeat("─", max(0, room-runewidth.StringWidth(left))) + right)
}

// standing says how a run stands: what may end it, or what did.
func standing(r tools.State) string {
	if r.Phase == tools.Ended {
		text := "ended: " + outcome(r)
		if word := verdictWord(r); word != "" {
			text += ", " + word
		}
		return text
	}
	parts := []string{r.Phase.String()}
	if r.Limits.Timer > 0 {
		parts = append(parts, "at most "+limit(r.Limits.Timer))
	}
	if r.Limits.Packets > 0 {
		parts = append(parts, "at most "+plural(r.Limits.Packets, "packet"))
	}
	if r.Limits.Size > 0 {
		parts = append(parts, "at most "+sizeText(r.Limits.Size))
	}
	if r.Ring.Size > 0 {
		parts = append(parts, "ring "+sizeText(r.Ring.Size))
	}
	return strings.Join(parts, ", ")
}

// position says what of the output is seen.
func (o *output) position(height int) string {
	position := "following"
	switch below := len(o.lines) - o.first(height) - height; {
	case o.follow && o.ended:
		position = "end"
	case !o.follow && below > 0 && o.unseen > 0:
		position = plural(o.unseen, "new line") + " below · f follow"
	case !o.follow && below > 0:
		position = plural(below, "line") + " below · f follow"
	case !o.follow:
		position = "end · f follow"
	}
	if o.left > 0 {
		position = fmt.Sprintf("from column %d · %s", o.left+1, position)
	}
	return position
}
