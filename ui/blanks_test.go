package ui

import (
	"fmt"
	"testing"
	"time"
)

func TestWhatIsTypedOverABlankReplacesIt(t *testing.T) {
	p := openForm(t, 80, 24)
	for p.m.form.tool().Name != "ping" {
		p.press("down")
	}
	p.press("tab", "10.0.0.1")
	p.arguments("-c 10 10.0.0.1")
	p.press("ctrl+u")
	p.typeIn("-I HOSTNAME") // no blank: somebody types it
	p.arguments("-I HOSTNAME")
	p.press("esc", "enter")
	for p.m.form.tool().Name != "curl" {
		p.press("down")
	}
	p.press("tab", "web", "enter")
	p.arguments("-sv http://web/")
	if len(p.started) != 1 {
		t.Error(p.screen())
	}
}

func TestAPresetsBlanksAreFilledInOneAfterTheOther(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("p", "icmp is filtered", "enter", "443", "enter")
	p.sees("write whom to ask in place of HOST")
	p.press("web", "enter")
	if len(p.started) != 1 || fmt.Sprint(p.started[0].Argv) != "[mtr -rwn -c 10 -T -P 443 web]" {
		t.Error(p.screen())
	}
}

func TestLettersForAnyCommandAreItsCommandAndNoKeys(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("G")
	p.typeIn("pkgq -r?")
	p.arguments("pkgq -r?")
	p.sees("─ arguments")
	p.press("esc", "enter", "up")
	p.sees("▸ bash")
	if p.quit || p.m.form.presets.open || p.m.helping {
		t.Error("a letter was a key")
	}
	p.press("down", "enter")
	if len(p.started) != 1 || p.started[0].Argv[0] != "pkgq" {
		t.Error(p.started)
	}
}

func TestANumberAloneIsSeconds(t *testing.T) {
	p := openForm(t, 160, 45)
	p.fields("90", "", "", "", "64MiB", "x", "1,000")
	p.sees("run --pod cart-0 -n shop -t 90s", "--keep-after 1000s")
	p.press("enter")
	if r := p.started[0]; r.Limits.Timer != 90*time.Second || r.Ring.KeepAfter != 1000*time.Second {
		t.Errorf("%+v", r)
	}
}

func TestToolsStandInGroupsWhereThereIsRoomAndTheChosenOneIsAlwaysSeen(t *testing.T) {
	p := openForm(t, 160, 45)
	p.sees("CAPTURE", "ADDRESSES AND ROUTES", "SHELL")
	p = openForm(t, 80, 24)
	p.seesNot("CAPTURE")
	p = openForm(t, 60, 16)
	for range p.m.form.catalogue {
		if name := p.m.form.tool().Name; name != anyCommand {
			p.sees("▸ " + name + " ")
		}
		p.press("down")
	}
	p.sees("▸ any command")
}
