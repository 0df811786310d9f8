package cells

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// asciiGlyphs replace the console's symbols where only ASCII is readable. Each takes up one cell, as the symbol does, and the
// states of runs stay different from each other.
var asciiGlyphs = map[rune]byte{
	'●': '*', '■': '#', '✗': 'x', '○': 'o', '□': '=', '◆': '*', '◇': 'o', '★': '*', '☆': 'o', '✓': 'v', '✔': 'v', '✘': 'x', '×': 'x',
	'▸': '>', '►': '>', '▶': '>', '›': '>', '»': '>', '◂': '<', '◀': '<', '‹': '<', '«': '<', '▴': '^', '▲': '^', '▾': 'v', '▼': 'v',
	'←': '<', '↑': '^', '→': '>', '↓': 'v', '↔': '-', '↕': '|', '⇄': '-', '⇒': '>', '↵': '<', '⏎': '<', '⏸': '=',
	'…': '~', '·': '-', '•': '*', '—': '-', '–': '-', '−': '-', '“': '"', '”': '"', '„': '"', '‘': '\'', '’': '\'',
	'▁': '_', '▂': '.', '▃': '-', '▄': '=', '▅': '+', '▆': 'o', '▇': '8', '█': '#', '▏': '|', '▎': '|', '▍': '|', '▌': '|', '▐': '|',
	'░': '.', '▒': ':', '▓': '#', 'µ': 'u', '°': 'o', '±': '+', '≤': '<', '≥': '>', '≈': '~', '≠': '!', '⚠': '!',
}

// frameGlyph replaces a part of a frame (U+2500 to U+257F), if r is one.
func frameGlyph(r rune) (byte, bool) {
	switch {
	case r < 0x2500 || r > 0x257f:
		return 0, false
	case strings.ContainsRune("─━┄┅┈┉╌╍═╴╶╸╺╼╾", r):
		return '-', true
	case strings.ContainsRune("│┃┆┇┊┋╎╏║╵╷╹╻╽╿", r):
		return '|', true
	default:
		return '+', true
	}
}

// ASCII writes a whole screen in ASCII, cell by cell. Characters without a counterpart, such as names and output in other
// scripts, become ?, once for each cell, so that nothing moves.
func ASCII(screen string) string {
	var b strings.Builder
	b.Grow(len(screen))
	for i := 0; i < len(screen); {
		if screen[i] < utf8.RuneSelf {
			b.WriteByte(screen[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(screen[i:])
		i += size
		if glyph, ok := asciiGlyphs[r]; ok {
			b.WriteByte(glyph)
		} else if glyph, ok := frameGlyph(r); ok {
			b.WriteByte(glyph)
		} else {
			b.WriteString(strings.Repeat("?", runewidth.RuneWidth(r)))
		}
	}
	return b.String()
}
