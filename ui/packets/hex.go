package packets

import (
	"fmt"
	"strings"

	"github.com/fennec-project/podtracer/ui/scroll"
	"github.com/fennec-project/podtracer/ui/style"
)

// hexBytes is how many bytes a row has.
func hexBytes(width int) int {
	if width >= hexWidth(16) {
		return 16
	}
	return 8
}

// hexWidth is how many cells a row of that many bytes takes: the offset, the bytes, and the bytes as characters.
func hexWidth(bytes int) int { return 1 + 4 + 1 + 3*bytes + 2 + bytes }

// hexLines draws bytes, marks those from start to end, and keeps the first marked one visible. The marks are brackets, for those
// who see no colours.
func hexLines(s style.Styles, data []byte, start, end, width, height int) []string {
	per := hexBytes(width)
	rows := (len(data) + per - 1) / per
	w := scroll.Window{Cursor: max(0, min(end, len(data))-1) / per}
	w.Keep(rows, height)
	if first := start / per; start < end && first < w.Top {
		w.Top = first
	}
	var out []string
	for row := w.Top; row < min(rows, w.Top+height); row++ {
		from := row * per
		out = append(out, hexLine(s, data[from:min(len(data), from+per)], from, start, end, per))
	}
	return out
}

func hexLine(s style.Styles, data []byte, offset, start, end, per int) string {
	marked := func(i int) bool { return i >= 0 && i < len(data) && offset+i >= start && offset+i < end }
	var hex, text strings.Builder
	for i := range per {
		hex.WriteString(between(marked(i-1), marked(i)))
		switch {
		case i >= len(data):
			hex.WriteString("  ")
			continue
		case marked(i):
			hex.WriteString(s.Selected.Render(fmt.Sprintf("%02x", data[i])))
		default:
			fmt.Fprintf(&hex, "%02x", data[i])
		}
		shown := "."
		if data[i] >= ' ' && data[i] <= '~' {
			shown = string(rune(data[i]))
		}
		if marked(i) {
			shown = s.Selected.Render(shown)
		}
		text.WriteString(shown)
	}
	hex.WriteString(between(marked(per-1), false))
	return " " + s.Dim.Render(fmt.Sprintf("%04x", offset)) + hex.String() + "  " + text.String()
}

// between is the text between two bytes.
func between(before, after bool) string {
	switch {
	case after && !before:
		return "["
	case before && !after:
		return "]"
	default:
		return " "
	}
}
