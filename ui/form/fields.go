package form

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/textinput"
	"github.com/mattn/go-runewidth"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// field is one of the form's fields below the arguments: a limit of the run, or an option that decides what of a capture is
// kept.
type field int

const (
	stopAfter field = iota
	atSize
	atPackets
	keepFree
	keepLast
	freezeOn
	thenKeep
	headersOnly
	fieldCount
)

// fieldTexts are the field's label, its value while it is empty, what it is for, and its flag of podtracer run.
var fieldTexts = [fieldCount]struct{ label, empty, about, flag string }{
	stopAfter:   {"stop after", "never", "ends the run after this time: 30s, 10m, 1h30m", "-t"},
	atSize:      {"at size", "1GiB", "ends the run at this size: 100MB, 2GiB, none", "--max-size"},
	atPackets:   {"at packets", "any number", "ends the run after this many packets", "--max-packets"},
	keepFree:    {"keep free", "5%/512MiB", "ends the run when less than this is free: 2GiB, none", "--min-free"},
	keepLast:    {"keep last", "everything", "a ring: keeps only the newest packets, to a size: 256MiB", "--ring"},
	freezeOn:    {"freeze on", "no line", "a line matching this regexp freezes the ring: timeout", "--freeze-on"},
	thenKeep:    {"then keep", "0s", "how long to go on capturing after a freeze: 30s", "--keep-after"},
	headersOnly: {"headers only", "", "space ticks it: keeps headers, and no payload", "--snaplen-headers"},
}

// fieldsOf are the fields of a run: a run that captures no packets has only limits.
func fieldsOf(capture bool) []field {
	if !capture {
		return []field{stopAfter, atSize, keepFree}
	}
	return []field{stopAfter, atSize, atPackets, keepFree, keepLast, freezeOn, thenKeep, headersOnly}
}

const ticked = "x"

// fields are the form's fields with their contents.
type fields struct {
	inputs [fieldCount]textinput.Model
}

func newFields() fields {
	var l fields
	for i := range l.inputs {
		l.inputs[i] = style.NewInput()
	}
	return l
}

// values are the typed contents of all fields, kept until the tool is chosen again.
func (l *fields) values() (v [fieldCount]string) {
	for i := range l.inputs {
		v[i] = l.inputs[i].Value()
	}
	return v
}

func (l *fields) setValues(v [fieldCount]string) {
	for i := range l.inputs {
		l.inputs[i].SetValue(v[i])
		l.inputs[i].CursorEnd()
	}
}

// value is the typed content of a field. Blanks are kept in a regular expression, where they may matter.
func (l *fields) value(f field) string {
	text := l.inputs[f].Value()
	if f == freezeOn {
		return text
	}
	return strings.TrimSpace(text)
}

// focus puts the cursor into a field, or takes it away.
func (l *fields) focus(f field, on bool) {
	for i := range l.inputs {
		l.inputs[i].Blur()
	}
	if on {
		l.inputs[f].Focus()
	}
}

func (l *fields) tick() {
	value := ticked
	if l.value(headersOnly) == ticked {
		value = ""
	}
	l.inputs[headersOnly].SetValue(value)
}

// fieldError says what is wrong with a field.
type fieldError struct {
	field field
	err   error
}

func (e *fieldError) Error() string { return fieldTexts[e.field].label + ": " + e.err.Error() }

func (e *fieldError) Unwrap() error { return e.err }

// apply puts the fields into a request.
//
// Errors: *fieldError, with a hint, for the first field that cannot be read.
func (l *fields) apply(r *tools.Request, capture bool) error {
	for _, f := range fieldsOf(capture) {
		text := l.value(f)
		if text == "" {
			continue
		}
		var err error
		switch f {
		case stopAfter:
			r.Limits.Timer, err = parseDuration(text)
		case atSize:
			r.Limits.Size, err = figures.ParseSize(text)
		case atPackets:
			r.Limits.Packets, err = parseCount(text)
		case keepFree:
			r.Limits.MinFree, err = figures.ParseSize(text)
		case keepLast:
			r.Ring.Size, err = parseRing(text)
		case freezeOn:
			r.Ring.FreezeOn, err = parsePattern(text)
		case thenKeep:
			r.Ring.KeepAfter, err = parseDuration(text)
		case headersOnly:
			r.Headers = text == ticked
		}
		if err != nil {
			return &fieldError{f, err}
		}
	}
	return nil
}

// flags are the fields as flags of podtracer run, which has no key that freezes a ring: how long to go on after a freeze means
// something there only together with a line that freezes the ring.
func (l *fields) flags(capture bool) []string {
	var out []string
	for _, f := range fieldsOf(capture) {
		switch text := l.value(f); {
		case text == "", f == thenKeep && l.value(freezeOn) == "":
		case f == headersOnly:
			out = append(out, fieldTexts[f].flag)
		case f == freezeOn:
			out = append(out, fieldTexts[f].flag, text)
		case f == stopAfter, f == thenKeep:
			out = append(out, fieldTexts[f].flag, inSeconds(text))
		default:
			out = append(out, fieldTexts[f].flag, plainly(text))
		}
	}
	return out
}

// plainly writes a number, a size or a time as flags take it: 1000 for 1,000, 1h30m for 1h 30m, none for None.
func plainly(text string) string {
	if strings.EqualFold(text, "none") {
		return "none"
	}
	return strings.NewReplacer(" ", "", ",", "").Replace(text)
}

// inSeconds writes a time as flags take it; a bare number is in seconds.
func inSeconds(text string) string {
	if text = plainly(text); text != "" && strings.Trim(text, "0123456789") == "" {
		return text + "s"
	}
	return text
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(inSeconds(text))
	if err != nil || d <= 0 {
		return 0, hint.Add(fmt.Errorf("%q is not a time", text), "write for example 30s, 10m or 1h30m")
	}
	return d, nil
}

func parseCount(text string) (int64, error) {
	n, err := strconv.ParseInt(plainly(text), 10, 64)
	if err != nil || n <= 0 {
		return 0, hint.Add(fmt.Errorf("%q is not a number of packets", text), "write for example 1000")
	}
	return n, nil
}

func parseRing(text string) (int64, error) {
	n, err := figures.ParseSize(text)
	if err == nil && n < 0 {
		err = hint.Add(errors.New("a ring needs a size"), "write for example 256MiB, or leave it empty to keep everything")
	}
	return n, err
}

func parsePattern(text string) (*regexp.Regexp, error) {
	pattern, err := regexp.Compile(text)
	if err != nil {
		return nil, hint.Add(fmt.Errorf("%q is not a regular expression: %w", text, err), `write for example "Flags .R"; \. is a dot`)
	}
	return pattern, nil
}

// lines draws the fields, two to a row, and marks the one with the cursor.
func (l *fields) lines(s style.Styles, shown []field, at field, focused bool, width int) []string {
	const most = 44
	cell := min(most, width/2)
	var out []string
	for i, f := range shown {
		text := l.cell(s, f, focused && f == at, cell-1)
		if i%2 == 0 {
			out = append(out, text)
		} else {
			out[len(out)-1] = cells.FitStyled(out[len(out)-1], cell) + text
		}
	}
	return out
}

func (l *fields) cell(s style.Styles, f field, focused bool, width int) string {
	labelWidth := 14
	if width < 22 {
		labelWidth--
	}
	text := fieldTexts[f]
	if f == atSize && l.value(keepLast) != "" { // the size limit does not end a ring
		text.empty = "no limit"
	}
	label := cells.Fit(" "+text.label, labelWidth)
	if focused {
		label = s.Accent.Render(cells.Fit("▸"+text.label, labelWidth))
	}
	inner := width - labelWidth - 2
	if f == headersOnly {
		mark := " "
		if l.value(f) == ticked {
			mark = ticked
		}
		if focused {
			mark = s.Selected.Render(mark)
		}
		return label + "[" + mark + "]"
	}
	in := l.inputs[f]
	var value string
	switch {
	case in.Value() != "" && focused:
		in.Width = inner - 1
		value = cells.FitStyled(in.View(), inner)
	case in.Value() != "":
		value = cells.Fit(cells.Clean(in.Value()), inner)
	case focused:
		first, rest := text.empty[:1], text.empty[1:] // the cursor is on the first letter
		value = cells.FitStyled(s.Selected.Render(first)+s.Dim.Render(rest), inner)
	default:
		value = s.Dim.Render(cells.Fit(text.empty, inner))
	}
	return label + "[" + value + "]"
}

// fieldAbout says what a field is for.
func fieldAbout(f field, width int) string {
	return runewidth.Truncate(fieldTexts[f].about, width, "…")
}
