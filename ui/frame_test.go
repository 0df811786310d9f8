package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/tty"
)

func TestAtRestTheScreenIsNotDrawnAnew(t *testing.T) {
	p := watchRun(t)
	before := p.m.View()
	p.m.deps.Cluster = "would be seen if it were drawn"
	for i := range 9 {
		p.tell(tickMsg{noon.Add(time.Duration(i) * time.Second)})
		if p.m.View() != before {
			t.Fatalf("drawn after %d s", i)
		}
	}
	p.tell(tickMsg{noon.Add(unhurried)})
	p.sees("would be seen")
}

func TestARunThatGoesOnSaysWhenItBeganNotHowLongItTakes(t *testing.T) {
	p := watchRun(t)
	before := p.m.View()
	p.tell(tickMsg{noon.Add(time.Hour)})
	if p.m.View() != before {
		t.Error("the time alone changes the screen")
	}
	p.press("esc", "r")
	p.tell(tea.WindowSizeMsg{Width: 120, Height: 24}) // on a smaller one the rate stands there
	p.sees("12:04:20…")
}

// slowLink sits down where the gate's timer is told by hand.
func slowLink(t *testing.T) *person {
	p := watchRun(t)
	p.m.commands.frame = func(int) tea.Cmd { return nil }
	p.m.commands.nextLink = func(uint64) tea.Cmd { return nil }
	p.tell(linkMsg{link: tty.Link{Frames: 2}})
	return p
}

func TestOverASlowLinkThereAreFewFramesAndKeysAreStillAnswered(t *testing.T) {
	p := slowLink(t)
	p.sees("slow terminal: 2 frames/s")
	p.comes(numbered(1, 5))
	p.seesNot("line 5")
	p.press("f") // has its frame at once
	p.sees("line 5")
	p.comes(numbered(6, 7))
	p.press("f") // but only once
	p.seesNot("line 7")
	p.tell(frameMsg{})
	p.sees("line 7")
	p.tell(frameMsg{}, linkMsg{link: tty.Link{Frames: 40}})
	p.seesNot("slow terminal")
	p.comes(numbered(8, 9))
	p.sees("line 9")
}

func TestAPanicEndsTheConsoleAndIsTold(t *testing.T) {
	p := sit(t, 80, 24)
	_, cmd := p.m.Update(guarded(func() tea.Msg { panic("of a command") })())
	if _, quit := cmd().(tea.QuitMsg); !quit || p.m.crash == nil || !strings.Contains(p.m.crash.Error(), "of a command") {
		t.Errorf("got %v", p.m.crash)
	}
	p = sit(t, 80, 24)
	p.m.commands.mouse = nil
	_, cmd = p.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("M")})
	if _, quit := cmd().(tea.QuitMsg); !quit || p.m.crash == nil {
		t.Error("a panic of Update went on")
	}
}

func TestTheWheelScrollsOnceTheMouseIsSwitchedOn(t *testing.T) {
	p := watchRun(t)
	p.comes(numbered(1, 100))
	p.press("M")
	if !p.mouse {
		t.Fatal("not switched on")
	}
	p.sees("the wheel scrolls now")
	for range 10 { // the cursor first goes to the first of the rows
		p.tell(tea.MouseMsg{Button: tea.MouseButtonWheelUp})
	}
	p.seesNot("line 100")
	p.press("M")
	if p.mouse {
		t.Error("not switched off")
	}
}

func TestWhoIsHereForTheFirstTimeIsWelcomedOnceWithoutAKeyBeingTaken(t *testing.T) {
	dir := t.TempDir() + "/state"
	first, again := greet(dir), greet(dir)
	if first == nil || again != nil {
		t.Errorf("first %v, then %v", first, again)
	}
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := sit(t, size[0], size[1])
		p.tell(shop(), first)
		p.sees("welcome", "? on any screen lists what you can do")
		golden(t, "welcome-"+map[int]string{80: "80x24", 160: "160x45"}[size[0]], p.screen())
		p.press("/", "cart")
		p.sees("cart-cache-0")
		p.seesNot("welcome")
	}
	if greet("/proc/none") == nil {
		t.Error("where nothing can be noted there is no welcome")
	}
}

func TestARecordingThatEndsIsToldWhileTheConsoleGoesOn(t *testing.T) {
	p := slowLink(t)
	p.tell(linkMsg{link: tty.Link{RecordingEnded: errors.New("the disk is full")}})
	p.sees("recording ENDED", "the disk is full", "the console goes on")
}
