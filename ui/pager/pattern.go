package pager

import (
	"regexp"
	"strings"
	"unicode"
)

// What patterns are for.
const (
	searching = iota
	including
	excluding
	highlighting
	patternCount
)

// asMoment asks for a time, not for a pattern.
const asMoment = patternCount

// pattern is a regular expression as it was typed, and what it means. While what is typed is not a regular expression, the last one
// that was typed holds.
type pattern struct {
	text string
	re   *regexp.Regexp // nil: none
}

// patternTexts are the key, and what it is called.
var patternTexts = [patternCount]struct{ sign, name string }{
	searching: {"/", "search"}, including: {"&", "only lines with"}, excluding: {"!", "no lines with"}, highlighting: {"H", "highlight"},
}

// compile reads a pattern. Without upper-case letters in it, it matches both cases.
//
// Errors: what is wrong with it, in a few words.
func compile(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	source := text
	if !hasUpper(text) {
		source = "(?i)" + text
	}
	pattern, err := regexp.Compile(source)
	if err != nil && source != text {
		_, err = regexp.Compile(text) // the same, without what nobody typed
	}
	return pattern, err
}

// hasUpper looks for upper-case letters that stand for themselves: \S and \W do not.
func hasUpper(text string) bool {
	escaped := false
	for _, r := range text {
		if !escaped && unicode.IsUpper(r) {
			return true
		}
		escaped = !escaped && r == '\\'
	}
	return false
}

// patternError says what is wrong with a pattern.
func patternError(err error) string {
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}
