// Package help explains the console's keys: it has a page for each thing that can be on top of the screen.
//
// The door: the functions of texts.go, each of which returns a Page.
package help

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"

	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/style"
)

// Page explains what a person can do on one screen.
type Page struct {
	Title string // what the screen is
	about string // what to do there, in a line
	Rows  []Row
}

// Row is a row of a page: some keys, or words that can be typed, and what they do.
type Row struct {
	Keys  []key.Binding
	words string
	does  string
	title bool // the row is a title for the rows below it
	wide  bool // the row has no column of keys
}

// Does makes a row that says what some keys do.
func Does(what string, keys ...key.Binding) Row { return Row{Keys: keys, does: what} }

func means(what, words string) Row { return Row{words: words, does: what} }

// Shown is the left column of the row: its keys or its words.
func (r Row) Shown() string {
	if r.words != "" {
		return r.words
	}
	var shown []string
	for _, k := range r.Keys {
		shown = append(shown, k.Help().Key)
	}
	return strings.Join(shown, " ")
}

// With adds rows to the page, below a title of their own.
func (h Page) With(title string, rows []Row) Page {
	h.Rows = append(append(slices.Clone(h.Rows), Row{does: title, title: true}), rows...)
	return h
}

// Said makes a row for a message and the time at which it was written.
func Said(at, text string) Row { return Row{words: at, does: text} }

// Tell makes a row that is a text of its own, as wide as the page.
func Tell(text string) Row { return Row{does: text, wide: true} }

// Tells says whether the page has a row with this key.
func (h Page) Tells(k key.Binding) bool {
	return slices.ContainsFunc(h.Rows, func(r Row) bool {
		return slices.ContainsFunc(r.Keys, func(of key.Binding) bool { return of.Help().Key == k.Help().Key })
	})
}

// MostKeysWidth is the largest width of the column of keys, in cells.
const MostKeysWidth = 24

// Lines draws the page in a width of that many cells.
func (h Page) Lines(s style.Styles, width int) []string {
	column := 0
	for _, r := range h.Rows {
		column = max(column, min(cells.StyledWidth(r.Shown()), MostKeysWidth))
	}
	out := style.All(s.Strong, cells.Wrap(" "+h.about, width))
	out = append(out, "")
	for _, r := range h.Rows {
		shown := r.Shown()
		if r.title {
			out = append(out, s.Strong.Render(cells.Fit(" "+r.does, width)))
			continue
		}
		if r.wide {
			out = append(out, cells.Wrap("  "+r.does, width)...)
			continue
		}
		for i, line := range cells.Wrap(r.does, max(8, width-column-4)) {
			if i > 0 {
				shown = ""
			}
			out = append(out, "  "+s.Accent.Render(cells.Fit(shown, column))+"  "+line)
		}
	}
	return out
}
