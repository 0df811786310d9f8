//go:build e2e

package e2e

import (
	"slices"
	"strings"
)

// formFields are the fields of the form for a capture, in their order after the arguments.
var formFields = []string{"stop after", "at size", "at packets", "keep free", "keep last", "freeze on", "then keep", "headers only"}

// typed is text for one of the fields.
type typed struct{ field, text string }

// startsWith is starts with limits.
func (c console) startsWith(pod, tool, arguments string, limits ...typed) {
	c.t.Helper()
	c.opensForm(pod, tool)
	c.press("Tab", "C-e", "C-u")
	c.types(arguments)
	for _, field := range formFields {
		c.press("Tab")
		c.shows("▸" + field)
		if i := slices.IndexFunc(limits, func(l typed) bool { return l.field == field }); i >= 0 {
			c.press("C-e", "C-u")
			c.types(limits[i].text)
		}
	}
	c.press("Enter")
	c.shows("s save", pod)
}

// savesAndTells saves the run on the screen to a path, and returns the checksum that the console shows.
func (c console) savesAndTells(path string) (sha256 string) {
	c.t.Helper()
	c.saves(path)
	_, sum, _ := strings.Cut(c.row("sha256 "), "sha256 ")
	return strings.TrimSpace(sum)
}
