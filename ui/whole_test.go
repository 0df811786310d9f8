package ui

import (
	"fmt"
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
