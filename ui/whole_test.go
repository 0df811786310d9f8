package ui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
)

// shell is a bash that has a whole terminal.
func shell(id tools.RunID, phase tools.Phase) tools.State {
	s := state(id, phase)
	s.Capture, s.Whole, s.Argv, s.Asked, s.Bytes, s.Packets, s.Lines = false, true, []string{"bash", "--norc"}, []string{"bash", "--norc"}, 4117, 0, 0
	return s
}

func TestAShellGetsTheWholeTerminalAndIsComeBackTo(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("enter", "G", "up")
	p.sees("▸ bash", "whole terminal [x]", "ctrl+t", "will run", "bash --norc")
	p.press("enter")
	if len(p.startedWhole) != 1 || len(p.started) != 0 {
		t.Fatalf("started with a whole terminal: %v, without: %v", p.startedWhole, p.started)
	}
	p.tell(listMsg{tools.List{shell(1, tools.Running)}, 1}, startedMsg{id: 1, whole: true})
	p.sees("bash has the whole terminal", "enter go to it")
	p.press("enter", "r", "enter")
	if fmt.Sprint(p.sat) != "[1 1 1]" {
		t.Errorf("sat before %v", p.sat)
	}
	p.tell(backMsg{now: noon.Add(time.Minute)})
	p.sees("● 12:04:20…", "4.1 kB")
	p.tell(listMsg{tools.List{shell(1, tools.Ended)}, 2})
	p.press("enter")
	p.sees("bash had the whole terminal", "s saves it")
	p.seesNot("go to it", "0 lines")
	if len(p.sat) != 3 {
		t.Error("one cannot sit before a tool that has ended")
	}
}

func TestAnyCommandCanBeGivenTheWholeTerminalOrNot(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("enter", "G", "tab")
	p.typeIn("python3 -q")
	p.sees("whole terminal [ ]")
	p.press("ctrl+t")
	p.sees("whole terminal [x]")
	p.press("enter")
	p.press("ctrl+t")
	p.sees("whole terminal [ ]")
	p.press("ctrl+u")
	p.typeIn("mtr -n web")
	p.sees("whole terminal [x]")
	p.typeIn(" -r")
	p.sees("whole terminal [ ]")
	if len(p.startedWhole) != 1 {
		t.Error("it was started otherwise")
	}
	p.press("ctrl+u")
	p.typeIn("tcpdump -i eth0")
	p.seesNot("whole terminal")
}

func TestARunWithAWholeTerminalLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, phase := range map[string]tools.Phase{"whole": tools.Running, "whole-ended": tools.Ended} {
			p := sit(t, size[0], size[1])
			p.tell(shop(), listMsg{tools.List{state(1, tools.Running), shell(2, phase)}, 1}, startedMsg{id: 2})
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
			p.press("r")
			golden(t, fmt.Sprintf("%s-listed-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}

func TestWhatAToolDidToTheTerminalIsUndoneAndDoneAgain(t *testing.T) {
	for name, c := range map[string]struct{ drawn, again string }{
		"nothing":               {"plain text", ""},
		"an editor":             {"\x1b[?1049h\x1b[?1h\x1b=\x1b[?2004h\x1b[?25l", "\x1b[?1049h\x1b[?1h\x1b[?25l\x1b[?2004h\x1b="},
		"one that ended well":   {"\x1b[?1049h\x1b[?1h\x1b=\x1b[?1l\x1b>\x1b[?1049l", ""},
		"several in a sequence": {"\x1b[?1000;1006h", "\x1b[?1000h\x1b[?1006h"},
		"what looks like it":    {"\x1b]0;\x1b[?1000h\a \x1b[1000h", ""},
		"a reset":               {"\x1b[?1000h\x1b[?7l\x1bc", ""},
	} {
		m := NewModes()
		for _, b := range []byte(c.drawn) { // however it is torn
			m.follow([]byte{b})
		}
		if got := m.again(); got != c.again && name != "what looks like it" {
			t.Errorf("%s: again %q", name, got)
		}
		after := NewModes()
		after.follow([]byte(c.drawn + m.usual()))
		if got := after.again(); got != "" || !after.between() {
			t.Errorf("%s: %q is not undone", name, got)
		}
	}
}

func TestASequenceThatWasBrokenOffIsCalledOff(t *testing.T) {
	m := NewModes()
	m.follow([]byte("\x1b]0;a title without end"))
	if m.between() {
		t.Error("the title has ended")
	}
	m.follow([]byte(m.usual() + "x"))
	if !m.between() {
		t.Error("it still goes on")
	}
}

func TestATerminalThatIsLentIsAskedBetweenSequencesOnly(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	screen := console.lend(NewModes())
	fmt.Fprint(screen, "\x1b[3")
	screen.ask(noon)
	fmt.Fprint(screen, "1m")
	screen.ask(noon)
	fmt.Fprint(screen, "end")
	if got := readUntil(t, person, "end"); got != "\x1b[31m\x1b\\\x1b[5nend" {
		t.Errorf("on the terminal: %q", got)
	}
	if console.asked != noon {
		t.Error("that it was asked is not known")
	}
}

func TestEachGetsTheAnswersToItsOwnQuestions(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	go io.Copy(io.Discard, person)
	screen := console.lend(NewModes())
	if got := filtered(console, "a\x1b[0nb"); got != "a\x1b[0nb" {
		t.Errorf("nobody asked, and %q is left", got)
	}
	screen.ask(noon)
	fmt.Fprint(screen, "\x1b[5n") // the tool
	screen.ask(noon)
	if got := filtered(console, "1\x1b[0n2\x1b[0n3\x1b[0n4"); got != "12\x1b[0n34" {
		t.Errorf("%q", got)
	}
	screen.ask(noon)
	if got := filtered(console, "x\x1b[", "0ny"); got != "xy" {
		t.Errorf("%q", got)
	}
}

func readUntil(t *testing.T, from io.Reader, end string) string {
	t.Helper()
	var got strings.Builder
	buffer := make([]byte, 1)
	for !strings.HasSuffix(got.String(), end) {
		if _, err := from.Read(buffer); err != nil {
			t.Fatalf("%v behind %q", err, got.String())
		}
		got.Write(buffer)
	}
	return got.String()
}

func TestCtrlBracketLeavesAndWhatWasTypedBeforeItIsTyped(t *testing.T) {
	for _, way := range leaving {
		s := &seat{keys: make(chan []byte, 9)}
		left := false
		s.read(context.Background(), strings.NewReader("ls\r"+string(way)+"not typed"), func() { left = true })
		if got := string(<-s.keys); got != "ls\r" || len(s.keys) > 0 || !left {
			t.Errorf("%q: typed %q", way, got)
		}
	}
}
