package ui

import (
	"errors"
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/fakes"
)

func TestAPresetIsFoundByItsSymptomAndTakenIntoTheArguments(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("p", "syn answer")
	p.sees("presets by symptom", "▸ connections that fail to establish  SYN without answer", "connections that fail to establish")
	p.seesNot("queueing")
	p.press("enter")
	p.seesNot("presets by symptom")
	if len(p.started) != 0 {
		t.Fatal("it was only to be taken")
	}
	p.press("enter")
	want := []string{"tcpdump", "-i", "eth0", "-n", "tcp[tcpflags]", "&", "tcp-syn", "!=", "0", "or", "(ip6[6]", "==", "6", "and", "ip6[53]", "&", "2", "!=", "0)"}
	if diff := cmp.Diff(want, p.started[0].Argv); diff != "" {
		t.Error(diff)
	}
}

func TestAPresetOfAnotherToolTakesThatToolAndAskedBlanksAreRefused(t *testing.T) {
	p := openForm(t, 80, 24)
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlP})
	p.press("icmp is filtered", "enter")
	p.sees("▸ mtr", "-rwn -c 10 -T -P PORT HOST")
	p.press("enter")
	p.sees("in place of PORT")
	if len(p.started) != 0 {
		t.Error("it was started with a blank in it")
	}
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlP})
	p.press("counted", "enter")
	p.sees("▸ any command", "nstat -asz")
}

func TestThePresetsLookAsTheyWereApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openForm(t, size[0], size[1])
		p.press("p")
		fits(t, p, "the presets")
		golden(t, fmt.Sprintf("presets-%dx%d", size[0], size[1]), p.screen())
		p.press("resets", "enter")
		golden(t, fmt.Sprintf("form-preset-%dx%d", size[0], size[1]), p.screen())
		p.press("tab")
	}
}

func TestBothCommandLinesOfTheFormCanBeCopied(t *testing.T) {
	p := openForm(t, 80, 24)
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlY})
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlG})
	if diff := cmp.Diff([]string{"podtracer run --pod cart-0 -n shop -f cart-0.pcapng -- tcpdump -i eth0 -n", "tcpdump -i eth0 -n"}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestOwnPresetsComeFirstAndAreMarked(t *testing.T) {
	own := []command.Preset{
		{Name: "billing, its port", Symptom: "billing is slow", Tool: "tcpdump", Args: "-i eth0 -n port 8443", Why: "what the gateway asks of it"},
		{Name: "what listens", Tool: "bridge", Args: "fdb"},
	}
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := sitWith(t, size[0], size[1], Deps{Presets: own})
		p.tell(snapshot(fakes.Pod("shop", "cart-0", "node-3", "Running")))
		p.press("enter", "p")
		p.sees("▸ own  billing is slow", "billing, its port", "what the gateway asks of it", "DNS queries and answers")
		golden(t, fmt.Sprintf("presets-own-%dx%d", size[0], size[1]), p.screen())
		p.press("own", "down", "enter")
		p.sees("▸ any command", "│ bridge fdb  ")
	}
}

func TestWhatIsWrongWithOwnPresetsIsSaidAndTheOthersAreThere(t *testing.T) {
	p := sitWith(t, 80, 24, Deps{PresetsErr: hint.Add(errors.New(`presets.yaml:7: unknown field "tols"`), "the fields are name, tool")})
	p.sees("presets.yaml:7: unknown field", "hint: the fields are")
	p.tell(shop())
	p.press("/", "x2lpq", "enter", "enter", "p", "syn answer")
	p.sees("▸ connections that fail to establish")
}
