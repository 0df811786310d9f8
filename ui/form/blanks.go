package form

import (
	"errors"
	"slices"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
)

// blank is a placeholder in the arguments, such as NAME, which a preset or the first line of a tool leaves for the person to
// fill in; from and to are where it is in the line. Text that is put onto a blank replaces all of it, and deleting one of its
// letters deletes all of it. A word that a person typed is never a blank, even if it reads like one.
type blank struct {
	from, to int
	what     string
}

// blanksIn finds the blanks of a text that no person has typed.
func blanksIn(text string) []blank {
	var out []blank
	for _, at := range command.Blanks(text) {
		from, what := len([]rune(text[:at[0]])), text[at[0]:at[1]]
		out = append(out, blank{from, from + len([]rune(what)), what})
	}
	return out
}

// blankAt is the blank that the cursor is on or right behind.
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

// toFill are the blanks that the person has to fill in; podtracer fills in the one for a pair's server.
func (f *Form) toFill() []blank {
	if _, ok := f.pair(); !ok {
		return f.blanks
	}
	return slices.DeleteFunc(slices.Clone(f.blanks), func(b blank) bool { return b.what == command.ServerBlank })
}

// toBlank puts the cursor on the first blank of the arguments, or at their end if there is none.
func (f *Form) toBlank() {
	f.input.CursorEnd()
	if left := f.toFill(); len(left) > 0 {
		f.input.SetCursor(left[0].from)
	}
}

// toNextBlank puts the cursor on the next blank behind it, and says whether there is one.
func (f *Form) toNextBlank() bool {
	for _, b := range f.toFill() {
		if b.from > f.input.Position() {
			f.input.SetCursor(b.from)
			return true
		}
	}
	return false
}

// setLine puts a text with its blanks into the arguments, and the cursor at its end.
func (f *Form) setLine(text string, blanks []blank) {
	f.input.SetValue(text)
	f.input.CursorEnd()
	f.blanks = blanks
}

// edit passes to the line a key that changes it.
func (f *Form) edit(k tea.KeyMsg) tea.Cmd {
	before := []rune(f.input.Value())
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(k)
	after, cursor := []rune(f.input.Value()), f.input.Position()
	if slices.Equal(before, after) {
		return cmd
	}
	end := len(before) - (len(after) - cursor) // the text behind the cursor has not changed
	from := 0
	for from < min(end, cursor) && before[from] == after[from] {
		from++
	}
	f.replace(before, from, end, after[from:cursor])
	return cmd
}

// replace puts text in place of a part of the line, and of every blank that this part touches.
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

// under says whether replacing a part of the line replaces the blank: the part includes one of its letters, or the text is put
// inside it. Text behind the blank replaces it if the two would become one word.
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

// unfilled refuses arguments in which a blank was not filled in, and puts the cursor on the blank.
func (f *Form) unfilled() error {
	left := f.toFill()
	if len(left) == 0 {
		return nil
	}
	f.setFocus(onArguments)
	f.completion.open = false
	f.input.SetCursor(left[0].from)
	advice := "it is in the arguments above"
	f.complete()
	if len(f.completion.all) > 0 {
		advice += "; ctrl+n lists what could stand there"
	}
	return hint.Add(errors.New("write "+left[0].asks()+" in place of "+left[0].what), advice)
}

// asks says what to write in place of the blank.
func (b blank) asks() string {
	switch b.what {
	case "PORT":
		return "a port number"
	case "NAME":
		return "a name"
	case "ADDRESS":
		return "an address"
	default:
		return "the host to ask"
	}
}
