// Picture turns the screen of a terminal, as `tmux capture-pane -e -p` prints it, from standard input into an SVG on standard
// output. It knows only the attributes that the console uses (ECMA-48 8.3.117, SGR).
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

// palette is the usual eight colours, slightly softened.
var palette = [8]string{"#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#dcdfe4"}

type attributes struct {
	bold, faint, reverse bool
	color                string // "": the default
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
	var now attributes // attributes continue across line breaks
	for i, line := range lines {
		now = draw(line, margin+float64(i)*lineHeight, now)
	}
	fmt.Println("</svg>")
}

// draw writes one line: a text element for each change of attributes, at its own position, so that no font can shift it.
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
	if a.color != "" {
		fill = a.color
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
	numbers := []int{}
	for _, code := range strings.Split(codes, ";") {
		n, _ := strconv.Atoi(code)
		numbers = append(numbers, n)
	}
	for len(numbers) > 0 {
		n := numbers[0]
		numbers = numbers[1:]
		switch {
		case n == 0:
			a = attributes{}
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
			a.color = palette[n-30]
		case 90 <= n && n <= 97:
			a.color = palette[n-90]
		case n == 38 || n == 48:
			var color string
			color, numbers = extended(numbers)
			if n == 38 {
				a.color = color
			}
		case n == 39:
			a.color = ""
		}
	}
	return a
}

// extended reads a colour from the palette of 256, or a true colour, and returns the numbers behind it.
func extended(numbers []int) (color string, rest []int) {
	switch {
	case len(numbers) >= 4 && numbers[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", numbers[1], numbers[2], numbers[3]), numbers[4:]
	case len(numbers) >= 2 && numbers[0] == 5:
		return indexed(numbers[1]), numbers[2:]
	default:
		return "", nil
	}
}

// indexed is a colour of xterm's 256: the terminal's own sixteen, a cube of 6x6x6, and greys.
func indexed(n int) string {
	steps := [6]int{0, 95, 135, 175, 215, 255}
	switch {
	case n < 16:
		return palette[n%8]
	case n < 232:
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", steps[n/36], steps[n/6%6], steps[n%6])
	default:
		grey := 8 + 10*(n-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
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
