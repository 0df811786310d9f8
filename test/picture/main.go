// Picture turns a terminal's screen, as `tmux capture-pane -e -p` prints it on standard input, into an SVG on standard
// output. It knows the few attributes that the console uses (ECMA-48 8.3.117, SGR).
package main

import (
	"bufio"
	"fmt"
	"html"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

const (
	cellWidth, lineHeight, margin = 8.4, 18.0, 12.0
	background, foreground        = "#16191f", "#c8ccd4"
)

// palette is the usual eight colours, a little softer.
var palette = [8]string{"#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#dcdfe4"}

type attributes struct {
	bold, faint, reverse bool
	color                int // -1: the default
}

func main() {
	var lines []string
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		lines = append(lines, in.Text())
	}
	columns := 0
	for _, line := range lines {
		columns = max(columns, runewidth.StringWidth(strip(line)))
	}
	width, height := float64(columns)*cellWidth+2*margin, float64(len(lines))*lineHeight+2*margin
	fmt.Printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`+"\n", width, height)
	fmt.Printf(`<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", background)
	now := attributes{color: -1} // they go on over the ends of lines
	for i, line := range lines {
		now = draw(line, margin+float64(i)*lineHeight, now)
	}
	fmt.Println("</svg>")
}

// draw writes one line: a run of text for each change of attributes, at its own place, so that no font can shift it.
func draw(line string, y float64, now attributes) attributes {
	column := 0
	for line != "" {
		text, rest, found := strings.Cut(line, "\x1b[")
		column += put(text, column, y, now)
		if !found {
			return now
		}
		codes, after, _ := strings.Cut(rest, "m")
		now = now.apply(codes)
		line = after
	}
	return now
}

func put(text string, column int, y float64, a attributes) int {
	cells := runewidth.StringWidth(text)
	if strings.TrimSpace(text) == "" && !a.reverse {
		return cells
	}
	x, fill, extra := margin+float64(column)*cellWidth, foreground, ""
	if a.color >= 0 {
		fill = palette[a.color]
	}
	if a.reverse {
		fmt.Printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, float64(cells)*cellWidth, lineHeight, fill)
		fill = background
	}
	if a.bold {
		extra += ` font-weight="bold"`
	}
	if a.faint {
		extra += ` opacity="0.6"`
	}
	fmt.Printf(`<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s xml:space="preserve">%s</text>`+"\n",
		x, y+lineHeight-5, float64(cells)*cellWidth, fill, extra, html.EscapeString(text))
	return cells
}

func (a attributes) apply(codes string) attributes {
	for _, code := range strings.Split(codes, ";") {
		switch n, _ := strconv.Atoi(code); {
		case n == 0:
			a = attributes{color: -1}
		case n == 1:
			a.bold = true
		case n == 2:
			a.faint = true
		case n == 7:
			a.reverse = true
		case n == 22:
			a.bold, a.faint = false, false
		case n == 27:
			a.reverse = false
		case 30 <= n && n <= 37:
			a.color = n - 30
		case n == 39:
			a.color = -1
		}
	}
	return a
}

func strip(line string) string {
	var out strings.Builder
	for line != "" {
		text, rest, _ := strings.Cut(line, "\x1b[")
		out.WriteString(text)
		_, line, _ = strings.Cut(rest, "m")
	}
	return out.String()
}
