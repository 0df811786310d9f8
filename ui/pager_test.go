package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// readRun sits down before a run of ping that wrote so many lines, one a second; each tenth says timeout.
func readRun(t *testing.T, width, height, lines int) *person {
	t.Helper()
	s := state(1, tools.Running)
	s.Capture, s.Argv, s.Began = false, []string{"ping", "db"}, noon.Add(-time.Duration(lines)*time.Second)
	p := before(t, width, height, s)
	p.comes(answers(1, lines, lines))
	return p
}

func answers(from, to, of int) []text.Line {
	var lines []text.Line
	for n := from; n <= to; n++ {
		content := fmt.Sprintf("line %d ok %s", n, strings.Repeat("x", n%7*20))
		if n%10 == 0 {
			content = fmt.Sprintf("line %d Timeout", n)
		}
		lines = append(lines, text.Line{Text: content, Time: noon.Add(time.Duration(n-of) * time.Second), Run: 1})
	}
	return lines
}

func TestASearchFindsAsOneTypesAndCountsItsMatches(t *testing.T) {
	p := readRun(t, 80, 24, 200)
	p.press("n")
	p.sees("there is no search yet: / searches", "addresses and names · following") // n is the next match and nothing else
	p.press("g", "/", "timeout")
	p.sees("match 1 of 20", "▸line 10 Timeout")
	p.press("enter", "n", "n")
	p.sees("match 3 of 20", "▸line 30 Timeout")
	p.press("N")
	p.sees("match 2 of 20")
	p.press("g", "N")
	p.sees("match 20 of 20", "continuing from the last")
	p.press("/", "ctrl+u", "Line(")
	p.sees("missing closing )")
	p.press("esc", "esc")
	if p.m.screen != home {
		t.Error("esc does not leave")
	}
}

func TestCaseCountsWhereACapitalIsTyped(t *testing.T) {
	p := readRun(t, 80, 24, 50)
	p.press("/", "TIMEOUT")
	p.sees("no match")
	p.press("ctrl+u", "Timeout")
	p.sees("match 5 of 5")
}

func TestFiltersShowSomeLinesAndFollowNewOnes(t *testing.T) {
	p := readRun(t, 80, 24, 200)
	p.press("&", "timeout", "enter", "!", "line 1\\d0", "enter")
	p.sees("10 of 200 lines", "line 200 Timeout", "line 90 Timeout")
	p.seesNot("line 150", " ok")
	p.comes(answers(201, 230, 200))
	p.sees("line 230 Timeout", "13 of 230 lines")
	p.press("esc", "esc")
	p.sees("line 229 ok")
}

func TestAPauseLosesNothingAndSaysWhatCame(t *testing.T) {
	p := readRun(t, 80, 24, 100)
	p.press(" ")
	p.comes(answers(101, 1304, 100))
	p.sees("1,204 new lines below · f follow", "▸line 100 Timeout")
	p.seesNot("line 101 ")
	p.press(" ")
	p.sees("line 1304", "following")
}

func TestOneGoesToATimeAndToABookmark(t *testing.T) {
	p := readRun(t, 80, 24, 500)
	p.press("@", "12:00:51", "enter")
	p.sees("▸line 260 Timeout")
	p.press("m", "@", "-1m", "enter")
	p.sees("▸line 200 Timeout")
	p.press("@", "soon", "enter")
	p.sees("not a time")
	p.press("esc", "'")
	p.sees("◈line 260")
}

func TestChosenLinesAreCopied(t *testing.T) {
	p := readRun(t, 80, 24, 70)
	p.press("c", "up")
	p.sees("2 lines chosen")
	p.press("enter")
	if diff := cmp.Diff([]string{"line 69 ok " + strings.Repeat("x", 120) + "\nline 70 Timeout\n"}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestReadingLooksAsItWasApproved(t *testing.T) {
	for name, open := range map[string]func(p *person){
		"search":    func(p *person) { p.press("g", "/", "time") },
		"filters":   func(p *person) { p.press("&", "line", "enter", "!", "ok", "enter") },
		"wrapped":   func(p *person) { p.press("w") },
		"times":     func(p *person) { p.press("t", "t", "t") },
		"moment":    func(p *person) { p.press("@", "12:0") },
		"bookmarks": func(p *person) { p.press("up", "m", "up", "up", "m", "up") },
		"selection": func(p *person) { p.press("c", "up", "up") },
		"paused":    func(p *person) { p.press("pgup"); p.comes(answers(201, 1404, 200)) },
	} {
		for _, size := range [][2]int{{80, 24}, {160, 45}} {
			p := readRun(t, size[0], size[1], 200)
			open(p)
			golden(t, fmt.Sprintf("reading-%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}
