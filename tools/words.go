package tools

import (
	"errors"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrOpenQuote says that a quote is never closed.
var ErrOpenQuote = errors.New("arguments: a quote is not closed")

// Split splits text into words as a POSIX shell does (XCU 2.2, Quoting): blanks separate, single quotes keep everything,
// double quotes keep everything but a backslash before $ ` " and \, a backslash keeps the next character. Nothing else is
// special: no variables, no globs, no pipes, no comments, so that `tcp[13] & 2 != 0 and (port 80)` needs no quotes at all.
//
// Errors: ErrOpenQuote, also for a backslash at the end.
func Split(text string) ([]string, error) {
	var (
		words []string
		word  strings.Builder
		begun bool // a word has begun; it may be empty: ''
	)
	for i := 0; i < len(text); i++ { // by bytes: all that is special is ASCII, and a name need not be UTF-8
		switch c := text[i]; c {
		case ' ', '\t', '\n', '\r':
			if begun {
				words, begun = append(words, word.String()), false
				word.Reset()
			}
		case '\\':
			if i++; i == len(text) {
				return nil, openQuote(`\`)
			}
			word.WriteByte(text[i])
			begun = true
		case '\'', '"':
			end := quoted(&word, text, i)
			if end < 0 {
				return nil, openQuote(string(c))
			}
			i, begun = end, true
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

func openQuote(quote string) error {
	return hint.Add(ErrOpenQuote, "close it with another "+quote+`, or put \ before it`)
}

// quoted appends what stands between the quote at start and its match, whose index it returns, or -1.
func quoted(word *strings.Builder, text string, start int) int {
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		c := text[i]
		if c == quote {
			return i
		}
		if c == '\\' && quote == '"' && i+1 < len(text) && strings.IndexByte("$`\"\\", text[i+1]) >= 0 {
			i++
			c = text[i]
		}
		word.WriteByte(c)
	}
	return -1
}

// Join is Split backwards: a line that a shell, and Split, would take apart into these words.
func Join(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if w != "" && !strings.ContainsAny(w, " \t\r\n'\"\\$`&|;<>()*?[]{}!#~") {
			quoted[i] = w
			continue
		}
		quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}
