package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/call"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// east is how a podtracer was started that is not called plainly.
var east = call.Call{
	Program: "kubectl podtracer", Cluster: []string{"--context", "east"}, Starting: []string{"--helper-idle", "5m"}, Directory: "/data",
}

func TestALineThatStartsARunStartsItAsThisConsoleWould(t *testing.T) {
	p := sitWith(t, 120, 30, Deps{Call: east})
	p.tell(shop(), listMsg{tools.List{state(1, tools.Running)}, 1}, startedMsg{id: 1})
	p.press("y", "esc", "/", "cart-cache-0", "enter", "enter")
	const line = "kubectl podtracer run --context east --helper-idle 5m --data-dir /data --pod "
	p.sees("without the console", line+"cart-cache-0 -n")
	p.press("ctrl+y")
	want := []string{line + "cart-7f9c4-x2lpq -n shop -f cart-7f9c4-x2lpq.pcapng -- tcpdump -i eth0 -w - 'port 8080'", line + "cart-cache-0 -n shop -f cart-cache-0.pcapng -- tcpdump -i eth0 -n"}
	if diff := cmp.Diff(want, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestALineAboutADetachedRunFindsIt(t *testing.T) {
	p := sitWith(t, 120, 24, Deps{Call: east, Detached: anywhere{}})
	p.tell(shop(), listMsg{list: tools.List{elsewhere(1)}})
	p.do(p.m.watch(1))
	p.press("d")
	p.press("enter")
	p.tell(listMsg{list: tools.List{followed(2, tools.Running)}}, handedMsg{id: 1, what: "tcpdump in shop/cart", place: annasPlace})
	const line = "kubectl podtracer attach --context east --data-dir /data " + annasPlace
	p.sees(line)
	p.press("q")
	if len(p.m.told) != 2 || !strings.Contains(p.m.told[0], line) || !strings.Contains(p.m.told[1], line) {
		t.Errorf("told %q", p.m.told)
	}
}

func TestALineAboutWhatIsMissingHereIsOneForHere(t *testing.T) {
	p := sitWith(t, 120, 24, Deps{Call: east})
	p.m = newModel(p.m.commands, Deps{Launcher: fakes.Launcher("node-3"), Node: "node-3", Left: 1, Call: east})
	lacking := shop()
	lacking.snapshot.Lacks = []k8s.Lack{{Right: "watch pods", Scope: "in namespace shop", Means: "they are listed again", Commands: "kubectl create role b"}}
	p.tell(tea.WindowSizeMsg{Width: 120, Height: 24}, lacking)
	p.sees("kubectl podtracer runs --data-dir /data lists it")
	p.press("?", "G")
	p.sees("kubectl podtracer doctor --context east --helper-idle 5m --data-dir /data", "prints the commands in one piece")
}
