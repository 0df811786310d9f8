package tty

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sieve lets text through, and only those control characters and sequences that lets accepts. It stands between the terminal and
// everything that podtracer has not made itself.
type sieve struct {
	lets     func(sequence string) bool // called for each control character, and for each sequence with its ESC
	held     string                     // the beginning of a sequence or a character that is continued in the next piece
	inString bool                       // inside a string, such as a title or text for the clipboard
}

// longestSequence is the most bytes that an accepted sequence can have.
const longestSequence = 64

// pass filters the next piece of data. It makes no copy if nothing is removed.
func (s *sieve) pass(data string) string {
	if s.held != "" {
		data, s.held = s.held+data, ""
	}
	var out strings.Builder
	done := 0 // data before this index has been handled
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

// next looks at the beginning of data, which is not plain text: n is how long it is, passes whether it is let through, and
// instead what replaces it otherwise.
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

// sequence is the length of the escape sequence at the beginning of data, and whether the sequence is complete. A sequence ends
// early before a character that cannot be part of it, or when it is too long.
func sequence(data string) (n int, whole bool) {
	if len(data) == 1 {
		return 1, false
	}
	within, last := "0123456789:;<=>?", byte('@') // of CSI: the parameters, and the first character that can end it
	i := 2
	switch c := data[1]; {
	case c == '[':
	case ' ' <= c && c <= '/': // for example, the choice of a character set
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

// skipString is how many bytes of data belong to the current string.
func (s *sieve) skipString(data string) int {
	const bel, can, sub = 0x07, 0x18, 0x1a
	for i := range len(data) {
		switch data[i] {
		case bel, can, sub:
			s.inString = false
			return i + 1
		case esc: // ESC \ ends the string, and ESC with any other character begins another sequence; ESC \ alone does nothing
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

// Styled filters a text: only characters and their style pass.
func Styled(text string) string { return (&sieve{lets: isStyle}).pass(text) }

// isStyle says whether a sequence only changes the style of text (SGR), which is all that a line of a frame contains.
func isStyle(sequence string) bool {
	numbers, ok := strings.CutPrefix(sequence, "\x1b[")
	if !ok {
		return false
	}
	numbers, ok = strings.CutSuffix(numbers, "m")
	return ok && strings.Trim(numbers, "0123456789;:") == ""
}
