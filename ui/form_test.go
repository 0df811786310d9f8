package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

// openForm sits down before the form of a pod, with its first tool chosen: tcpdump.
func openForm(t *testing.T, width, height int) *person {
	t.Helper()
	p := sit(t, width, height)
	cart := fakes.Pod("shop", "cart-0", "node-3", "Running")
	p.tell(snapshot(cart))
	p.press("enter")
	return p
}

// fields types into the form's fields, from the first on; "" leaves one empty.
func (p *person) fields(texts ...string) {
	p.press("tab")
	for _, text := range texts {
		p.press("tab")
		p.typeIn(text)
	}
}

func TestTheFieldsOfTheFormBecomeLimits(t *testing.T) {
	p := openForm(t, 80, 24)
	p.fields("30s", "100MB", "1,000", "none", "256MiB", "Flags .R", "10s", " ")
	p.press("enter")
	if len(p.started) != 1 {
		t.Fatal(p.screen())
	}
	r := p.started[0]
	if diff := cmp.Diff(tools.Limits{Timer: 30 * time.Second, Size: 100e6, Packets: 1000, MinFree: -1}, r.Limits); diff != "" {
		t.Error(diff)
	}
	if r.Ring.Size != 256<<20 || r.Ring.FreezeOn.String() != "Flags .R" || r.Ring.KeepAfter != 10*time.Second || !r.Headers {
		t.Errorf("%+v, headers %v", r.Ring, r.Headers)
	}
}

func TestEmptyFieldsLeaveTheDefaultsAndSayWhichTheyAre(t *testing.T) {
	p := openForm(t, 80, 24)
	p.sees("stop after", "[never ", "[1GiB ", "[any number", "[5%/512MiB", "keep last", "[everything", "freeze on", "then keep", "[0s ", "headers only [ ]")
	p.press("enter")
	r := p.started[0]
	if r.Limits != (tools.Limits{}) || r.Ring != (tools.Ring{}) || r.Headers {
		t.Errorf("%+v", r)
	}
	p = openForm(t, 80, 24)
	p.fields("", "", "", "", "64MiB")
	p.sees("at size      [no limit")
}

func TestAToolWithoutPacketsHasNoFieldsForThem(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("down", "down")
	p.sees("▸ ss", "stop after", "at size", "keep free")
	p.seesNot("at packets", "keep last", "freeze on", "headers only")
	p.fields("1m", "none", "1GiB")
	p.press("enter")
	if diff := cmp.Diff(tools.Limits{Timer: time.Minute, Size: -1, MinFree: 1 << 30}, p.started[0].Limits); diff != "" {
		t.Error(diff)
	}
	p = openForm(t, 80, 24)
	p.press("tab", " -D")
	p.seesNot("keep last") // it lists devices
	p.press("ctrl+u", "'open")
	p.sees("keep last") // it is still being typed
	p = openForm(t, 80, 24)
	p.press("G", "tab", "tcpdump -i any")
	p.sees("keep last", "-f cart-0.pcapng", "-- tcpdump -i any")
}

func TestTabGoesFromToolsToArgumentsToFieldsAndBack(t *testing.T) {
	p := openForm(t, 80, 24)
	at := func(want string) {
		t.Helper()
		for what, seen := range map[string]string{"tools": "┌─ tool ", "arguments": "┌─ arguments", "first": "▸stop after", "last": "▸headers only", "second": "▸at size", "third": "▸at packets"} {
			if strings.Contains(p.screen(), seen) != (what == want) {
				t.Errorf("not at %s:\n%s", want, p.screen())
			}
		}
	}
	at("tools")
	p.press("tab")
	at("arguments")
	p.press("tab")
	at("first")
	p.press("shift+tab")
	at("arguments")
	p.press("shift+tab")
	at("tools")
	p.press("shift+tab")
	at("last")
	p.press("tab")
	at("tools")
	p.press("tab", "tab", "down")
	at("third")
	p.press("up", "up")
	at("arguments")
	p.press("tab", "down", "down", "down", "down", "down")
	p.sees("▸headers only")
	p.press("esc")
	p.sees("┌─ pods")
}

func TestAFieldThatCannotBeReadKeepsTheFormOpenWithTheCursorInIt(t *testing.T) {
	for _, c := range []struct {
		fields []string
		sees   []string
	}{
		{[]string{"soon"}, []string{"▸stop after", `stop after: "soon" is not a time`, "hint: write for example 30s"}},
		{[]string{"0"}, []string{"▸stop after", "is not a time"}},
		{[]string{"-3s"}, []string{"▸stop after", "is not a time"}},
		{[]string{"", "big"}, []string{"▸at size", "at size: not a size", "hint: write for example 100MiB, or none"}},
		{[]string{"", "", "0"}, []string{"▸at packets", "is not a number of packets", "hint:"}},
		{[]string{"", "", "", "5%"}, []string{"▸keep free", "not a size"}},
		{[]string{"", "", "", "", "none"}, []string{"▸keep last", "a ring needs a size", "256MiB"}},
		{[]string{"", "", "", "", "1KiB"}, []string{"▸keep last", "too small", "hint:"}},
		{[]string{"", "", "", "", "64MiB", "(open"}, []string{"▸freeze on", "is not a regular expression", "hint:"}},
		{[]string{"", "", "", "", "", "RST"}, []string{"▸keep last", "there is no ring to freeze", "hint:"}},
		{[]string{"", "", "", "", "", "", "1h"}, []string{"▸keep last", "there is no ring to freeze"}},
	} {
		t.Run(fmt.Sprint(c.fields), func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {160, 45}} {
				p := openForm(t, size[0], size[1])
				p.fields(c.fields...)
				p.press("enter")
				p.sees(c.sees...)
				p.sees("run in shop/cart-0", "will run")
				if len(p.started) > 0 {
					t.Errorf("started %+v", p.started[0])
				}
				p.press("backspace")
				p.seesNot("hint:")
			}
		})
	}
}

func TestTheCursorGoesToTheFieldThatCannotBeReadFromWhereverItIs(t *testing.T) {
	p := openForm(t, 80, 24)
	p.fields("", "big", "10")
	p.press("tab", "enter")
	p.sees("▸at size", "at size: not a size")
	p.press("ctrl+u", "1GiB", "enter")
	if len(p.started) != 1 {
		t.Error(p.screen())
	}
}

func TestFieldsAreKeptByToolForAsLongAsTheConsoleLives(t *testing.T) {
	p := openForm(t, 80, 24)
	p.fields("30s", "100MB", "", "", "", "", "", " ")
	p.press("tab", "down", "down")
	p.sees("▸ ss", "[never")
	p.press("esc", "enter", "g")
	p.sees("[30s", "[100MB", "headers only [x]")
	p.press("shift+tab", " ")
	p.sees("headers only [ ]")
}

func TestTheFormSaysWhatReallyRunsAndTheSameWithoutTheConsole(t *testing.T) {
	p := openForm(t, 160, 45)
	p.sees("podtracer run --pod cart-0 -n shop -f cart-0.pcapng -- tcpdump -i eth0 -n")
	p.fields("30s", "100MB", "1,000", "1GiB", "256MiB", "Flags .R|x", "10s", " ")
	words := strings.Join(strings.Fields(p.screen()), " ")
	for _, want := range []string{
		"-t 30s --max-size 100MB --max-packets 1000 --min-free 1GiB --ring 256MiB", "--freeze-on 'Flags .R|x'", "--keep-after 10s", "--snaplen-headers", "-f cart-0.pcapng",
		"tcpdump -s 256 -i eth0",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is not on the screen:\n%s", want, p.screen())
		}
	}
}

func TestFlagsAreWrittenAsRunTakesThem(t *testing.T) {
	p := openForm(t, 160, 45)
	p.fields("1h 30m", "None", "1,000", "2 GiB", "256MiB", "", "10s")
	p.sees("-t 1h30m --max-size none --max-packets 1000 --min-free 2GiB --ring 256MiB -f cart-0.pcapng")
	p.press("enter")
	if r := p.started[0]; r.Limits.Timer != 90*time.Minute || r.Limits.Size != -1 || r.Limits.MinFree != 2<<30 || r.Ring.KeepAfter != 10*time.Second {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsWrongAndWhatStandsAgainstFindRoomOnASmallScreen(t *testing.T) {
	p := sitLacking(t, "tcpdump")
	agent := fakes.Pod("kube-system", strings.Repeat("node-agent-", 5)+"4mtr2", "node-3", "Running")
	agent.HostNetwork = true
	p.tell(snapshot(agent))
	p.press("enter")
	p.fields("30s", "100MB", "1,000", "none", "1KiB", "Flags .R", "10s", " ")
	p.press("enter")
	p.sees("too small", "hint:", "not installed here", "apt-get install", "no network of its own", "will run", "tcpdump -s 256")
	p.seesNot("without the console") // there is no room for what stands below it
	fits(t, p, "the form")
}

func TestEachMarkedPodWithoutANetworkOfItsOwnIsNamedInTheForm(t *testing.T) {
	p := sit(t, 120, 35)
	agent, cart := fakes.Pod("kube-system", "node-agent-4mtr2", "node-3", "Running"), fakes.Pod("shop", "cart-0", "node-3", "Running")
	agent.HostNetwork = true
	for _, pods := range [][]k8s.Pod{{agent, cart}, {cart, agent}} {
		p.tell(snapshot(pods...))
		p.press("u", "g", " ", "j", " ", "enter")
		p.sees("run in 2 pods", "kube-system/node-agent-4mtr2 has no network of its own (hostNetwork)")
		p.seesNot("shop/cart-0 has no network", "this pod has no network")
		p.press("esc")
	}
}

func TestWhatHoldsInAFieldIsSeenOnTheSmallestScreen(t *testing.T) {
	p := openForm(t, style.MinWidth, style.MinHeight)
	p.sees("stop after  [never]", "at size     [1GiB ]")
	p.fields("30s", "100MB", "1000", "2GiB", "1MiB", "RST", "10s", " ")
	p.press("tab")
	p.sees("stop after  [30s  ]", "at size     [100MB]", "at packets  [1000 ]", "keep free   [2GiB ]", "keep last   [1MiB ]", "freeze on   [RST  ]", "then keep   [10s  ]", "headers only[x]")
}

func TestWhatIsTypedIntoFieldsCanSendTheTerminalNothing(t *testing.T) {
	p := openForm(t, 80, 24)
	p.fields("\u202e\u200b", "\u009b31m")
	p.press("tab")
	for _, r := range p.screen() {
		if r == 0x202e || r == 0x200b || r == 0x9b {
			t.Errorf("%U is on the screen", r)
		}
	}
}

func TestTheFormFitsEverySize(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 28}, {110, 30}, {160, 45}, {400, 100}} {
		for tabs := range 10 {
			p := openForm(t, size[0], size[1])
			for range tabs {
				p.press("tab")
				p.tell(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("漢字x", 30)), Paste: true})
			}
			fits(t, p, fmt.Sprintf("%d tabs at %v", tabs, size))
			p.press("enter")
			fits(t, p, fmt.Sprintf("enter after %d tabs at %v", tabs, size))
		}
	}
}

func TestTheFormOfACaptureLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string]func(p *person){
			"form-capture": func(*person) {},
			"form-ring":    func(p *person) { p.fields("", "", "", "", "256MiB", "Flags .R", "30s"); p.press("shift+tab") },
			"form-wrong":   func(p *person) { p.fields("soon"); p.press("enter") },
		} {
			p := openForm(t, size[0], size[1])
			keys(p)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}
