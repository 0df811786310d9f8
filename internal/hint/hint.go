// Package hint keeps advice apart from the error that it belongs to, so that the error stays one sentence and the advice gets its own line.
package hint

import (
	"errors"
	"slices"
	"strings"
)

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Add returns err with a hint. A nil error stays nil.
func Add(err error, hint string) error {
	if err == nil {
		return nil
	}
	return hinted{err, hint}
}

// Of returns the hints of err and of all wrapped errors, outermost first, each once, joined by newlines; "" if there are none.
func Of(err error) string {
	var all []string
	collect(err, &all)
	return strings.Join(all, "\n")
}

// Line is what is wrong in one line, for a place that has only one: of errors that were joined, each once. "" is for nil.
func Line(err error) string {
	if err == nil {
		return ""
	}
	var parts []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(parts, line) {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "; ")
}

func collect(err error, all *[]string) {
	if err == nil {
		return
	}
	if h, ok := err.(hinted); ok { //nolint:errorlint // each error of the chain is checked by itself
		if !slices.Contains(*all, h.hint) {
			*all = append(*all, h.hint)
		}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			collect(e, all)
		}
		return
	}
	collect(errors.Unwrap(err), all)
}
