package pager

import (
	"regexp"
	"strings"
	"unicode"
)

// The purposes of patterns.
const (
	searching = iota
	including
	excluding
	highlighting
	patternCount
)

// asMoment is the purpose of a prompt that asks for a time instead of a pattern.
const asMoment = patternCount

// pattern is a regular expression as it was typed and compiled. While the typed text is not a regular expression, the last one
// that was valid stays in force.
type pattern struct {
	text string
	re   *regexp.Regexp // nil: no pattern
}

// patternTexts are the key that opens the prompt for a pattern, and the pattern's name.
var patternTexts = [patternCount]struct{ sign, name string }{
	searching: {"/", "search"}, including: {"&", "only lines with"}, excluding: {"!", "no lines with"}, highlighting: {"H", "highlight"},
}

// compile compiles a pattern. A pattern without upper-case letters ignores case.
//
// Errors: what is wrong with the pattern, in a few words.
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
		_, err = regexp.Compile(text) // for an error message without the flags that nobody typed
	}
	return pattern, err
}

// hasUpper looks for upper-case letters other than those of escapes such as \S and \W.
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
