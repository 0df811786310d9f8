package form

import (
	"errors"
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
)

// blank is a word in the arguments that a preset, or the beginning of a tool, leaves to the person: from a letter of the line to
// another. It is one piece: what is put onto it replaces all of it, and what takes a letter of it away takes all. A word that a person
// typed is none, whatever it is called.
type blank struct {
	from, to int
	what     string
}

// blanksIn are those in a text that no person has typed.
func blanksIn(text string) []blank {
	var out []blank
	for _, at := range command.Blanks(text) {
		from, what := len([]rune(text[:at[0]])), text[at[0]:at[1]]
		out = append(out, blank{from, from + len([]rune(what)), what})
	}
	return out
}

// blankAt is the blank under the cursor, or right before it.
func (f *Form) blankAt() (blank, bool) {
	at := f.input.Position()
	for _, before := range []int{0, 1} {
		for _, b := range f.blanks {
			if b.from <= at && at < b.to+before {
				return b, true
			}
		}
	}
	return blank{}, false
}

// toFill are the blanks that the person has to fill in. That of a pair's server is podtracer's.
func (f *Form) toFill() []blank {
	if _, ok := f.pair(); !ok {
		return f.blanks
	}
	return slices.DeleteFunc(slices.Clone(f.blanks), func(b blank) bool { return b.what == command.ServerBlank })
}

// toBlank puts the cursor on the first blank of the arguments, or else at their end.
func (f *Form) toBlank() {
	f.input.CursorEnd()
	if left := f.toFill(); len(left) > 0 {
		f.input.SetCursor(left[0].from)
	}
}

// toNextBlank puts the cursor on the next blank, if there is one behind it.
func (f *Form) toNextBlank() bool {
	for _, b := range f.toFill() {
		if b.from > f.input.Position() {
			f.input.SetCursor(b.from)
			return true
		}
	}
	return false
}

// setLine puts a text with its blanks into the arguments, and the cursor behind it.
func (f *Form) setLine(text string, blanks []blank) {
	f.input.SetValue(text)
	f.input.CursorEnd()
	f.blanks = blanks
}

// edit lets the line take a key that changes it.
func (f *Form) edit(k tea.KeyMsg) tea.Cmd {
	before := []rune(f.input.Value())
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(k)
	after, cursor := []rune(f.input.Value()), f.input.Position()
	if slices.Equal(before, after) {
		return cmd
	}
	end := len(before) - (len(after) - cursor) // what stands behind the cursor is as it was
	from := 0
	for from < min(end, cursor) && before[from] == after[from] {
		from++
	}
	f.replace(before, from, end, after[from:cursor])
	return cmd
}

// replace puts something in the place of a part of the line, with all of the blanks that this part is on.
func (f *Form) replace(line []rune, from, to int, put []rune) {
	var left []blank
	begin, end := from, to
	for _, b := range f.blanks {
		if b.under(from, to, put) {
			begin, end = min(begin, b.from), max(end, b.to)
		}
	}
	by := len(put) - (end - begin)
	for _, b := range f.blanks {
		switch {
		case b.to <= begin:
			left = append(left, b)
		case b.from >= end:
			left = append(left, blank{b.from + by, b.to + by, b.what})
		}
	}
	f.setLine(string(line[:begin])+string(put)+string(line[end:]), left)
	f.input.SetCursor(begin + len(put))
}

// under says whether a part of the line that is replaced is on the blank: it has a letter of it, or is where something is put in.
// Behind the blank that is so if it would become one word with it.
func (b blank) under(from, to int, put []rune) bool {
	switch {
	case from < to:
		return from < b.to && b.from < to
	case from == b.to:
		return len(put) > 0 && (unicode.IsLetter(put[0]) || unicode.IsDigit(put[0]))
	default:
		return b.from <= from && from < b.to
	}
}

// unfilled refuses arguments with a blank that nobody has filled in, and puts the cursor on it.
func (f *Form) unfilled() error {
	left := f.toFill()
	if len(left) == 0 {
		return nil
	}
	f.setFocus(onArguments)
	f.completion.open = false
	f.input.SetCursor(left[0].from)
	advice := "it is in the arguments, above"
	f.complete()
	if len(f.completion.all) > 0 {
		advice += "; ctrl+n lists what could stand there"
	}
	return hint.Add(errors.New("write "+left[0].asks()+" in place of "+left[0].what), advice)
}

// asks says what belongs in the place of the blank.
func (b blank) asks() string {
	switch b.what {
	case "PORT":
		return "the number of a port"
	case "NAME":
		return "a name"
	case "ADDRESS":
		return "an address"
	default:
		return "whom to ask"
	}
}
