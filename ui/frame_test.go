package ui

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
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
	p.tell(linkMsg{link: Link{Frames: 2}})
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
	p.tell(frameMsg{}, linkMsg{link: Link{Frames: framesPerSecond}})
	p.seesNot("slow terminal")
	p.comes(numbered(8, 9))
	p.sees("line 9")
}

func TestALinkIsSlowedDownAtOnceAndSpedUpWithPatience(t *testing.T) {
	s := newSpeed()
	now := noon
	note := func(delay time.Duration, want int) {
		t.Helper()
		now = now.Add(time.Second)
		if got := s.note(delay, now); got != want {
			t.Errorf("%v: %d frames/s, want %d", delay, got, want)
		}
	}
	note(700*time.Millisecond, framesPerSecond) // far away is not slow
	note(800*time.Millisecond, framesPerSecond)
	note(1200*time.Millisecond, 5)
	note(5*time.Second, 2)
	for range 3 {
		note(710*time.Millisecond, 2)
	}
	note(710*time.Millisecond, 5)
	note(3*time.Second, 2) // too early
	for range 6 {
		note(710*time.Millisecond, 2)
	}
	note(710*time.Millisecond, 5)
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
	first, again := welcome(dir), welcome(dir)
	if first == nil || again != nil {
		t.Errorf("first %v, then %v", first, again)
	}
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := sit(t, size[0], size[1])
		p.tell(shop(), first)
		p.sees("welcome", "? says what one can do")
		golden(t, "welcome-"+map[int]string{80: "80x24", 160: "160x45"}[size[0]], p.screen())
		p.press("/", "cart")
		p.sees("cart-cache-0")
		p.seesNot("welcome")
	}
	if welcome("/proc/none") == nil {
		t.Error("where nothing can be noted there is no welcome")
	}
}

func TestARecordingOfNothingIsNotLeft(t *testing.T) {
	path := t.TempDir() + "/x.cast"
	r, err := NewRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
}

func TestARecordingIsACastAndItsFailureIsToldWhileTheConsoleGoesOn(t *testing.T) {
	path := t.TempDir() + "/x.cast"
	r, err := NewRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, size := range [][2]int{{0, 0}, {80, 24}, {160, 45}} {
		if err := r.add(size[0], size[1], []byte("frame \x1b[1m│<&>"+strings.Repeat("x", i))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewRecording(path); err == nil {
		t.Error("an existing file is written over")
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c, err := OpenCast(file)
	if err != nil || c.Width != 160 || c.Height != 45 {
		t.Fatalf("%+v, %v", c, err)
	}
	var kinds string
	for e, err := c.next(); err == nil; e, err = c.next() {
		kinds += e.kind
	}
	if kinds != "ooro" {
		t.Errorf("events %s", kinds)
	}
	_ = r.Close()
	err = r.add(80, 24, []byte("y"))
	if err == nil {
		t.Fatal("a closed file is written to")
	}
	p := slowLink(t)
	p.tell(linkMsg{link: Link{RecordingEnded: err}})
	p.sees("recording ENDED", "the console goes on")
}

func TestWhatIsNoCastIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1",
		"hello\n":                              "line 1: not the header",
		`{"version":3,"width":80,"height":24}`: "version 3",
		`{"version":2,"width":0,"height":24}`:  "0x24",
		"{\"version\":2,\"width\":80,\"height\":24}\n[0.1,\"o\",\"a\"]\n[1,\"o\"]\n": "line 3: not an event: 2 fields",
	} {
		if _, err := OpenCast(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
