package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// addresses are lines of tcpdump from a pod and from a stranger, by turns.
func addresses(n int) []text.Line {
	var lines []text.Line
	for i := range n {
		from := "10.0.0.1"
		if i%2 == 1 {
			from = "192.0.2.7"
		}
		lines = append(lines, text.Line{Text: fmt.Sprintf("IP %s.%d > 10.96.0.80.443: Flags [S]", from, 1000+i), Time: noon})
	}
	return lines
}

// seesBelow says that there is a row with one text, and in the row below it begins the other.
func (p *person) seesBelow(one, other string) {
	p.t.Helper()
	rows := strings.Split(p.screen(), "\n")
	at := slices.IndexFunc(rows, func(row string) bool { return strings.Contains(row, one) })
	if at < 0 || !strings.HasPrefix(rows[at+1], other) {
		p.t.Errorf("%q with %q below it is not on the screen:\n%s", one, other, p.screen())
	}
}

func TestSearchesAndFiltersFindWhatIsOnTheScreen(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.m.known = fakes.ShopNames
	p.comes(addresses(40))
	p.press("/", "cart-0", "enter")
	p.sees("match 20 of 20")
	p.press("n", "/", "ctrl+u", "10\\.0\\.0\\.1", "enter")
	p.sees("no match") // a name stands there instead
	p.press("a")       // both
	p.sees("match 1 of 20")
	p.press("esc", "!", "cart-0", "enter")
	p.sees("20 of 40 lines", "192.0.2.7")
	p.seesNot("(cart-0")
	p.press("a") // addresses only
	p.sees("40 of 40 lines", "10.0.0.1")
}

func TestAFilterGoesByTheNamesThatWereChosenWhilePacketsWereLookedAt(t *testing.T) {
	p := before(t, 100, 30, busy())
	p.m.known = fakes.ShopNames
	p.comes(addresses(40))
	p.press("!", "cart-0", "enter")
	p.sees("20 of 40 lines")
	p.press("tab", "a", "a", "tab", "tab") // addresses only
	p.sees("40 of 40 lines", "10.0.0.1")
}

func TestATextWhoseFirstLinesWereLetGoSaysSoAtItsTop(t *testing.T) {
	p := readRun(t, 80, 24, 200)
	p.seesNot("not kept")
	p.text.First = 121
	p.comes(answers(201, 202, 200))
	p.seesNot("not kept")
	p.press("g")
	p.seesBelow("… lines 1–120 are not kept any more", "▸line 121 ok")
	p.press("down")
	p.sees("not kept")
	for range 30 {
		p.press("down")
	}
	p.seesNot("not kept")
	p.sees("▸line 152 ok")
	p.press("g", "w")
	p.seesBelow("… lines 1–120 are not kept any more", "▸line 121 ok")
	p.press("&", "timeout", "enter", "g")
	p.seesBelow("… lines 1–120 are not kept any more", "▸line 130 Timeout")
}

func TestAllRowsOfAShortRestAreSeenBelowTheOnesThatWereLetGo(t *testing.T) {
	for rest := 1; rest < 40; rest++ {
		p := readRun(t, 80, 24, 100)
		p.text.First = uint64(101 - rest)
		p.comes(answers(101, 101, 100))
		p.sees("line 101 ok")
		p.press("g")
		p.seesBelow("not kept any more", fmt.Sprintf("▸line %d ", 101-rest))
		p.press("G", "up", "down")
		p.sees("▸line 101 ok")
	}
}

func TestWhatCouldNotBeReadIsTriedAgainAtTheNextKey(t *testing.T) {
	p := readRun(t, 80, 24, 200)
	p.text.Err = errors.New("read text: input/output error")
	p.press("/", "t")
	p.sees("input/output error", "not all could be read")
	p.text.Err = nil
	p.press("imeout", "enter")
	p.sees("match 20 of 20")
	p.seesNot("input/output", "not all")

	p.text.Err = errors.New("read text: input/output error")
	p.press("n", "g")
	p.sees("input/output error")
	p.text.Err = nil
	p.press("g")
	p.sees("▸line 1 ok")

	p.text.Err = errors.New("read text: input/output error")
	p.press("esc", "&", "Timeout")
	p.sees("input/output error", "not all could be read")
	p.text.Err = nil
	p.press("enter")
	p.sees("20 of 200 lines")
}

func TestWhatCouldNotBeReadOfASetIsTriedAgainAtTheNextKey(t *testing.T) {
	p := sitBefore(t, 80, 24)
	p.press("down", "enter")
	p.text.Err = errors.New("read text: input/output error")
	p.press("g")
	p.sees("input/output error")
	p.text.Err = nil
	p.press("g")
	p.sees("seq 0")
}

func TestBookmarksAndFiltersBelongToARunAndComeBackWithIt(t *testing.T) {
	one, two := state(1, tools.Running), state(2, tools.Running)
	for _, s := range []*tools.State{&one, &two} {
		s.Capture, s.Argv = false, []string{"ping", "db"}
	}
	p := sit(t, 80, 24)
	p.tell(shop(), listMsg{tools.List{one, two}, 1}, startedMsg{id: 1})
	p.comes(answers(1, 200, 200))
	p.press("g", "down", "m", "&", "timeout|line 2 ", "enter", "t", "g")
	p.sees("◈12:01:33.000 line 2 ok", "21 of 200 lines")
	p.tell(startedMsg{id: 2})
	p.sees("following")
	p.seesNot("◆", "21 of", "time: arrival")
	p.press("!", "ok", "enter")
	p.tell(startedMsg{id: 1})
	p.sees("◈12:01:33.000 line 2 ok", "21 of 200 lines", "line 2 of 200")
	p.tell(startedMsg{id: 2})
	p.sees("! ok", "20 of 200 lines", "following")
}

func TestTheFootKeepsHowTheRunStandsAndHowToFollow(t *testing.T) {
	s := state(1, tools.Running)
	s.Capture, s.Argv, s.Limits = false, []string{"ping", "db"}, tools.Limits{Timer: 30 * time.Minute}
	p := before(t, 80, 24, s)
	p.comes(answers(1, 120_000, 120_000))
	p.press("right", "pgup", "t", "t", "t")
	p.comes(answers(120_001, 250_000, 120_000))
	rows := strings.Split(p.screen(), "\n")
	foot := rows[slices.IndexFunc(rows, func(row string) bool { return strings.HasPrefix(row, "──") })]
	for _, text := range []string{"running, at most 30m", "line 119,", "130,000 new lines · f"} {
		if !strings.Contains(foot, text) {
			t.Errorf("%q is not in the foot: %s", text, foot)
		}
	}
}

func TestEachHintOfAReaderFitsIntoEightyColumns(t *testing.T) {
	for name, keys := range map[string][]string{
		"searched": {"/", "time", "enter"}, "filtered": {"&", "time", "enter"}, "typing": {"/"}, "time": {"@"}, "choosing": {"c"}, "reading": nil,
	} {
		p := readRun(t, 80, 24, 200)
		p.press(keys...)
		rows := strings.Split(p.screen(), "\n")
		if hint := rows[len(rows)-1]; strings.Contains(hint, "…") {
			t.Errorf("%s: the hint is cut: %s", name, hint)
		}
	}
}
