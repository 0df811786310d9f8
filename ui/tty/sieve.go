package tty

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sieve lets through text, and of all that a terminal acts on only what it is told. It stands between the terminal and what
// was not made by podtracer alone.
type sieve struct {
	lets     func(sequence string) bool // asked for each control character, and each sequence from its ESC on
	held     string                     // the beginning of a sequence, or of a character, whose end comes with the next piece
	inString bool                       // within a title, a clipboard, or the like
}

// longestSequence is how many bytes a sequence has at the most that is let through.
const longestSequence = 64

// pass is what is left of the next piece of data. A piece of which nothing is left out costs no copy.
func (s *sieve) pass(data string) string {
	if s.held != "" {
		data, s.held = s.held+data, ""
	}
	var out strings.Builder
	done := 0 // data up to here is in out, or was left out
	for i := 0; i < len(data); {
		if c := data[i]; ' ' <= c && c <= '~' && !s.inString {
			i++
			continue
		}
		n, instead, passes := s.next(data[i:])
		if !passes {
			out.WriteString(data[done:i])
			out.WriteString(instead)
			done = i + n
		}
		i += n
	}
	if done == 0 {
		return data
	}
	out.WriteString(data[done:])
	return out.String()
}

// next looks at what data begins with, which is no plain text: how long it is, whether it passes, and what stands there
// instead if it does not.
func (s *sieve) next(data string) (n int, instead string, passes bool) {
	switch c := data[0]; {
	case s.inString:
		return s.skipString(data), "", false
	case c == esc:
		n, whole := sequence(data)
		if !whole {
			s.held = data
			return len(data), "", false
		}
		s.inString = n == 2 && strings.IndexByte("]PX^_", data[1]) >= 0
		return n, "", !s.inString && n <= longestSequence && s.lets(data[:n])
	case c < ' ':
		return 1, "", s.lets(data[:1])
	case !utf8.FullRuneInString(data):
		s.held = data
		return len(data), "", false
	}
	r, n := utf8.DecodeRuneInString(data)
	switch {
	case r == utf8.RuneError && n == 1:
		return 1, "\ufffd", false
	case unicode.Is(unicode.Zs, r):
		return n, " ", r == ' '
	default:
		return n, "", unicode.IsPrint(r)
	}
}

const esc = 0x1b

// sequence is how long the escape sequence is that data begins with, and whether its end is there. One that is broken off by
// what cannot be in it, or is too long, ends before that.
func sequence(data string) (n int, whole bool) {
	if len(data) == 1 {
		return 1, false
	}
	within, last := "0123456789:;<=>?", byte('@') // of CSI: parameters, and the first character that can end it
	i := 2
	switch c := data[1]; {
	case c == '[':
	case ' ' <= c && c <= '/': // such as a choice of characters
		within, last = "", '0'
	case '0' <= c && c <= '~':
		return 2, true
	default:
		return 1, true
	}
	for ; i < len(data) && i <= longestSequence; i++ {
		switch c := data[i]; {
		case strings.IndexByte(within, c) >= 0, ' ' <= c && c <= '/':
		case last <= c && c <= '~':
			return i + 1, true
		default:
			return i, true
		}
	}
	return i, i > longestSequence
}

// skipString is how much of data belongs to the string that it is within.
func (s *sieve) skipString(data string) int {
	const bel, can, sub = 0x07, 0x18, 0x1a
	for i := range len(data) {
		switch data[i] {
		case bel, can, sub:
			s.inString = false
			return i + 1
		case esc: // \ behind it ends the string, all else begins another sequence; what ESC \ does alone is nothing
			s.inString = false
			return i
		}
		if strings.HasPrefix(data[i:], "\u009c") {
			s.inString = false
			return i + len("\u009c")
		}
	}
	return len(data)
}

// Styled is what is left of a text of which only letters and how they look are let through.
func Styled(text string) string { return (&sieve{lets: isStyle}).pass(text) }

// isStyle says whether a sequence only changes how text looks (SGR): that is all there is in a line of a frame.
func isStyle(sequence string) bool {
	numbers, ok := strings.CutPrefix(sequence, "\x1b[")
	if !ok {
		return false
	}
	numbers, ok = strings.CutSuffix(numbers, "m")
	return ok && strings.Trim(numbers, "0123456789;:") == ""
}
