package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
)

// ErrOpenQuote says that a quote is never closed.
var ErrOpenQuote = errors.New("arguments: a quote is not closed")

// Split splits text into words as a POSIX shell does (XCU 2.2, Quoting): blanks separate, single quotes keep everything, double
// quotes keep everything but a backslash before $ ` " and \, a backslash keeps the next character, $'…' has \xHH for any byte,
// and \n, \r and \t. Nothing else is special: no variables, globs, pipes or comments, so `tcp[13] & 2 != 0 and (port 80)`
// needs no quotes.
//
// Errors: ErrOpenQuote, also for a backslash at the end.
func Split(text string) ([]string, error) {
	var (
		words []string
		word  strings.Builder
		begun bool // a word has begun; '' begins an empty one
	)
	for i := 0; i < len(text); i++ { // by bytes: all special characters are ASCII, and a name may be invalid UTF-8
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
		case '$':
			if begun = true; !strings.HasPrefix(text[i:], "$'") {
				word.WriteByte(c)
				continue
			}
			if i = escaped(&word, text, i+1); i < 0 {
				return nil, openQuote("'")
			}
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

// quoted appends the text between the quote at start and its match, and returns the index of the match, or -1.
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

// escaped appends the text between $' and its match, and returns the index of the match, or -1. start is the index of the quote.
func escaped(word *strings.Builder, text string, start int) int {
	for i := start + 1; i < len(text); i++ {
		c := text[i]
		if c == '\'' {
			return i
		}
		if c != '\\' || i+1 == len(text) {
			word.WriteByte(c)
			continue
		}
		i++
		switch c = text[i]; c {
		case '\\', '\'', '"':
			word.WriteByte(c)
		case 'n', 'r', 't':
			word.WriteByte(map[byte]byte{'n': '\n', 'r': '\r', 't': '\t'}[c])
		case 'x':
			b, err := strconv.ParseUint(text[min(i+1, len(text)):min(i+3, len(text))], 16, 8)
			if err != nil { // without two hex digits, the text is kept
				word.WriteString(`\x`)
				continue
			}
			word.WriteByte(byte(b))
			i += 2
		default:
			word.WriteByte('\\')
			word.WriteByte(c)
		}
	}
	return -1
}

// Join is the reverse of Split: it returns a line that a shell, and Split, would split into these words. The line can be pasted
// into a terminal: it is one line, without invisible characters, and everything that could be special to a shell is quoted.
func Join(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		switch {
		case !printable.Is(w):
			quoted[i] = "$'" + escape(w) + "'"
		case w == "" || strings.Trim(w, plainLetters) != "":
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		default:
			quoted[i] = w
		}
	}
	return strings.Join(quoted, " ")
}

const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,+@%="

// escape writes invisible characters and quotes in the form that $'…' has for them.
func escape(word string) string {
	var out strings.Builder
	for i := range len(word) {
		switch c := word[i]; {
		case c == '\\' || c == '\'':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
