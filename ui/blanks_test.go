package ui

import (
	"fmt"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/form"
)

func TestAPresetsBlanksAreFilledInOneAfterTheOther(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("p", "icmp is filtered", "enter", "443", "enter")
	p.sees("write the host to ask in place of HOST")
	p.press("web", "enter")
	if len(p.started) != 1 || fmt.Sprint(p.started[0].Argv) != "[mtr -rwn -c 10 -T -P 443 web]" {
		t.Error(p.screen())
	}
}

func TestLettersForAnyCommandAreItsCommandAndNoKeys(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("G")
	p.typeIn("pkgq -r?")
	p.sees("─ arguments", "│ pkgq -r?  ")
	p.press("esc", "enter", "up")
	p.sees("▸ bash")
	if p.quit || p.m.form.At() == form.AtPresets || p.m.helping {
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
	for _, tool := range command.Catalogue() {
		p.sees("▸ " + tool.Name + " ")
		p.press("down")
	}
	p.sees("▸ any command")
}
