package terminal

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/mattn/go-runewidth"
)

// screenOf is the screen of a terminal of this size after it got these bytes: it knows as much of ECMA-48 as the console uses. A
// cell that the right half of a wide character covers is empty.
func screenOf(written string, columns, rows int) string {
	s := &screen{columns: columns, rows: rows}
	s.clear()
	var state byte
	for written != "" {
		seq, width, n, next := ansi.DecodeSequence(written, state, nil)
		written, state = written[n:], next
		if width > 0 {
			s.put(seq)
		} else {
			s.control(seq)
		}
	}
	var lines []string
	for _, row := range s.cells {
		lines = append(lines, strings.TrimRight(strings.Join(row, ""), " "))
	}
	return strings.Join(lines, "\n")
}

type screen struct {
	columns, rows int
	x, y          int
	cells         [][]string
}

func (s *screen) clear() {
	s.cells = nil
	for range s.rows {
		s.cells = append(s.cells, strings.Split(strings.Repeat(" ", s.columns), ""))
	}
}

func (s *screen) put(text string) {
	width := runewidth.StringWidth(text)
	if s.x+width > s.columns {
		s.x = s.columns - width // the last column is overwritten
	}
	if s.x < 0 {
		return
	}
	s.cells[s.y][s.x] = text
	for i := 1; i < width; i++ {
		s.cells[s.y][s.x+i] = ""
	}
	s.x += width
}

func (s *screen) control(seq string) {
	switch seq {
	case "\r":
		s.x = 0
	case "\n":
		if s.y++; s.y == s.rows {
			s.cells, s.y = append(s.cells[1:], strings.Split(strings.Repeat(" ", s.columns), "")), s.rows-1
		}
	case "\x1b[?1049h":
		s.clear()
	}
	arguments, ok := strings.CutPrefix(seq, "\x1b[")
	if !ok || arguments == "" { // the rest of the sequence is still to come
		return
	}
	final := arguments[len(arguments)-1]
	first, second, _ := strings.Cut(arguments[:len(arguments)-1], ";")
	n, _ := strconv.Atoi(first)
	switch final {
	case 'A':
		s.y = max(0, s.y-max(1, n))
	case 'B':
		s.y = min(s.rows-1, s.y+max(1, n))
	case 'C':
		s.x = min(s.columns-1, s.x+max(1, n))
	case 'D':
		s.x = max(0, s.x-max(1, n))
	case 'H':
		column, _ := strconv.Atoi(second)
		s.y, s.x = min(s.rows, max(1, n))-1, min(s.columns, max(1, column))-1
	case 'J':
		if n == 2 {
			s.clear()
			return
		}
		for y := s.y + 1; y < s.rows; y++ {
			s.erase(y, 0)
		}
		s.erase(s.y, s.x)
	case 'K':
		from := s.x
		if n == 2 {
			from = 0
		}
		s.erase(s.y, from)
	}
}

func (s *screen) erase(y, from int) {
	for x := from; x < s.columns; x++ {
		s.cells[y][x] = " "
	}
}
