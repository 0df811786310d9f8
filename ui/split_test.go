package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/pager"
)

// member is a run of a set.
func member(id tools.RunID, podName string, phase tools.Phase) tools.State {
	s := state(id, phase)
	s.Set, s.Pod = 1, fakes.Pod("shop", podName, "node-3", "Running")
	return s
}

// fleet is a set of three runs between two others.
func fleet() listMsg {
	last := shell(5, tools.Running)
	return listMsg{tools.List{
		state(1, tools.Ended), member(2, "cart-7f9c4-x2lpq", tools.Running), member(3, "cart-7f9c4-9kkzw", tools.Ended),
		member(4, "cart-cache-0", tools.Running), last,
	}, 1}
}

// together is the text of the set: its runs take turns.
func together() fakes.Text {
	var t fakes.Text
	for n := range 60 {
		t.Add(text.Line{
			Run: 2 + n%3, Time: noon.Add(time.Duration(n) * time.Second),
			Text: fmt.Sprintf("IP 10.244.1.17.4%04d > 10.244.1.30.53: Flags [S], seq %d", n, n),
		})
	}
	return t
}

func sitBefore(t *testing.T, width, height int) *person {
	p := sit(t, width, height)
	p.text = together()
	p.tell(shop(), fleet())
	p.press("r")
	return p
}

func TestTheRunsOfASetStandTogetherAndAreOpenedTogetherOrAlone(t *testing.T) {
	p := sitBefore(t, 100, 28)
	p.press("down")
	p.sees("tcpdump  3 pods", "● 2 of 3", "enter all together")
	p.press("y")
	p.sees("copy its commands, save text, and detach, run by run")
	p.press("enter", "y")
	p.sees("copy its commands, save text, and detach, run by run")
	p.press("g", "f")
	p.sees("tcpdump in 3 pods", "2 of 3 running", "7f9c4-x2lpq IP 10.244.1.17", "7f9c4-9kkzw IP", "cache-0     IP")
	p.press("r", "down", "down", "enter")
	p.sees("cart-7f9c4-9kkzw")
	if p.m.screen != watching || p.m.output.id != 3 {
		t.Errorf("screen %v, run %d", p.m.screen, p.m.output.id)
	}
}

func TestAllRunsOfASetAreStoppedAfterAQuestion(t *testing.T) {
	p := sitBefore(t, 80, 24)
	p.press("down", "x")
	p.sees("Stop tcpdump in 2 pods?", "y stop them")
	p.press("q", "n")
	p.seesNot("Stop tcpdump")
	if len(p.stopped) != 0 || p.quit {
		t.Fatalf("stopped %v, quit %v", p.stopped, p.quit)
	}
	p.press("x", "y")
	if diff := cmp.Diff([]tools.RunID{2, 4}, p.stopped); diff != "" {
		t.Error(diff)
	}
}

func following(p *pager.Pager) bool { return strings.Contains(p.Positions()[0], "following") }

func TestTwoMarkedRunsAreReadSideBySideEachByItself(t *testing.T) {
	p := sitBefore(t, 160, 45)
	p.press("down", "down", " ", "down", "down", "down", " ")
	p.sees("▸◆", " ◆")
	p.press("v")
	p.sees("▸ tcpdump  shop/cart-7f9c4-x2lpq", "  tcpdump  shop/cart-7f9c4-x2lpq", "│")
	p.press("g")
	if first, second := &p.m.split.panes[0].pager, &p.m.split.panes[1].pager; following(first) || !following(second) {
		t.Error("both moved, or none")
	}
	p.press("tab", "/")
	p.typeIn("seq 42")
	p.press("enter")
	p.sees("1 of 1")
	if first := &p.m.split.panes[0].pager; first.Bar(p.m.styles, 80) != nil {
		t.Error("the other one is searched, too")
	}
	p.press("esc", "enter")
	if p.m.screen != watching || p.m.output.id != 1 {
		t.Errorf("screen %v, run %d", p.m.screen, p.m.output.id)
	}
}

func TestWithoutMarksTheRunUnderTheCursorAndTheOneBeforeItAreShown(t *testing.T) {
	p := sitBefore(t, 80, 24)
	p.press("down", "down", "v")
	if a, b := p.m.split.panes[0].text.Run, p.m.split.panes[1].text.Run; a != 2 || b != 3 {
		t.Errorf("runs %d and %d", a, b)
	}
	p.press("esc", "esc")
	if p.m.screen != home {
		t.Errorf("screen %v", p.m.screen)
	}
}

func TestWhatCannotBeShownSideBySideIsTold(t *testing.T) {
	p := sitBefore(t, 80, 24)
	p.press(" ")
	p.sees("has no lines to look at")
	p.tell(listMsg{tools.List{state(1, tools.Running)}, 2})
	p.press("v")
	p.sees("two runs are needed")
}

func TestSeveralRunsLookAsTheyWereApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string][]string{
			"grouped": {"down", "down", " "}, "merged": {"down", "enter"}, "merged-stopping": {"down", "enter", "x"},
			"split": {"down", "down", "v", "tab", "up"},
		} {
			p := sitBefore(t, size[0], size[1])
			p.press(keys...)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}

func TestAToolIsStartedInAllMarkedPodsAndShownAsOne(t *testing.T) {
	p := sit(t, 100, 28)
	p.text = together()
	p.tell(snapshot(fakes.Pod("shop", "cart-7f9c4-x2lpq", "node-3", "Running"), fakes.Pod("shop", "cart-cache-0", "node-3", "Running"), fakes.Pod("shop", "web-0", "node-3", "Running")))
	p.press(" ", " ", "enter")
	p.sees("run in 2 pods: shop/cart-7f9c4-x2lpq, shop/cart-cache-0", "without the console", "podtracer run --pod cart-7f9c4-x2lpq --pod cart-cache-0 -n shop")
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlY})
	want := "podtracer run --pod cart-7f9c4-x2lpq --pod cart-cache-0 -n shop -f cart-7f9c4-x2lpq-and-1-more.pcapng -- tcpdump -i eth0 -n"
	if len(p.copied) != 1 || p.copied[0] != want {
		t.Errorf("copied %q", p.copied)
	}
	p.press("enter")
	if len(p.startedSet) != 1 || len(p.startedSet[0]) != 2 || p.startedSet[0][1].Pod.Name != "cart-cache-0" || len(p.started) != 0 {
		t.Fatalf("started %v, alone %v", p.startedSet, p.started)
	}
	p.tell(fleet(), startedMsg{id: 4, set: 1})
	p.sees("tcpdump in 3 pods")
	p.press("esc", "esc", "enter", "G", "up", "enter")
	p.sees("the whole terminal can go to a tool in one pod only")
}
