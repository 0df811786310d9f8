package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/saving"
)

// anywhere says that there may be detached runs; what is asked of it is noted elsewhere.
type anywhere struct{ Detached }

const annasPlace = "podtracer/podtracer-helper-x2x4z:k3x7q-1"

func annas() detached.Found {
	return detached.Found{Place: annasPlace, About: detached.About{
		ID: "k3x7q-1", By: "anna@laptop", Pod: "shop/web-5f7d9c-x2lpq", Node: "node-8", Argv: []string{"tcpdump", "-n"}, Capture: true,
		Began: noon.Add(-10 * time.Minute), Until: noon.Add(50 * time.Minute), Stands: "running, 1,204 packets, 1.3 MB",
	}}
}

// followed is the run that follows Anna's.
func followed(id tools.RunID, phase tools.Phase) tools.State {
	r := state(id, phase)
	r.Detached = tools.Detached{Place: annasPlace, By: "anna@laptop", Until: noon.Add(50 * time.Minute)}
	return r
}

func TestADetachedRunIsListedWithWhoStartedItWhenAndUntilWhenAndEnterPicksItUp(t *testing.T) {
	for _, width := range []int{80, 160} {
		p := sit(t, width, 24)
		p.tell(shop(), fleet())
		p.press("r")
		if p.looks != 1 {
			t.Errorf("detached runs were looked for %d times", p.looks)
		}
		p.tell(detachedMsg{found: []detached.Found{annas()}})
		p.press("G")
		p.sees("◇", "tcpdump", "until "+annas().Until.Local().Format("15:04:05")+", by anna@laptop", annas().Began.Local().Format("15:04:05")+"…", "enter pick it up")
		p.press("x")
		p.sees("enter picks it up")
		p.press("enter")
		if len(p.attached) != 1 || p.attached[0] != annasPlace {
			t.Fatalf("picked up: %v", p.attached)
		}
		p.sees("attaching to tcpdump -n in shop/web-5f7d9c-x2lpq")
		list := fleet()
		id := tools.RunID(len(list.list) + 1)
		list.list = append(list.list, followed(id, tools.Running))
		p.tell(list, attachedMsg{place: annasPlace, id: id})
		p.sees("detached until ", "by anna@laptop", "s save", "x stop")
		p.press("r")
		p.tell(detachedMsg{found: []detached.Found{annas()}})
		if n := strings.Count(p.screen(), "◇"); n != 1 { // not as a run of somebody's once more
			t.Errorf("it is listed %d times:\n%s", n, p.screen())
		}
	}
}

func TestWhereNoDetachedRunsCouldBeLookedForIsSaidInTheList(t *testing.T) {
	p := sit(t, 100, 24)
	p.tell(shop(), listMsg{})
	p.press("r")
	p.sees("looking for runs that go on without a console")
	p.tell(detachedMsg{err: errors.New("list helpers: not allowed")})
	p.sees("nothing has been run yet")
	p.sees("some detached runs may be missing: list helpers: not allowed")
}

func TestDetachedRunsAreLookedForOnlyWhileTheListIsOnTheScreen(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop(), fleet())
	p.press("r")
	p.tell(detachedMsg{})
	if p.looks != 2 {
		t.Errorf("on the screen: %d times", p.looks)
	}
	p.press("esc")
	p.tell(detachedMsg{})
	if p.looks != 2 {
		t.Errorf("afterwards: %d times", p.looks)
	}
}

func TestLeavingTheConsoleLeavesADetachedRunGoingOnAndSaysSo(t *testing.T) {
	p := sit(t, 100, 24)
	p.tell(shop(), listMsg{list: tools.List{followed(1, tools.Running)}})
	p.press("q")
	if !p.quit || len(p.m.told) != 1 || !strings.Contains(p.m.told[0], "goes on, detached until") || !strings.Contains(p.m.told[0], "podtracer attach "+annasPlace) {
		t.Errorf("quit %v, told %q", p.quit, p.m.told)
	}

	p = sit(t, 100, 24)
	p.tell(shop(), listMsg{list: tools.List{followed(1, tools.Running), state(2, tools.Running)}})
	p.press("q")
	p.sees("1 tool is still running. Stop it and quit?", "1 detached run that you look at here goes on")
	p.press("y")
	if !p.quit || len(p.m.told) != 1 {
		t.Errorf("quit %v, told %q", p.quit, p.m.told)
	}
}

// What is saved here need not be kept where the run was, as after podtracer get.
func TestADetachedRunIsForgottenOnceAllOfItIsSaved(t *testing.T) {
	for what, c := range map[string]struct {
		phase   tools.Phase
		partial bool
		want    int
	}{"while it goes on": {tools.Running, true, 0}, "at its end": {tools.Ended, false, 1}} {
		p := sit(t, 100, 24)
		p.tell(shop(), listMsg{list: tools.List{followed(1, c.phase)}})
		p.tell(saving.Saved{ID: 1, File: save.File{Path: "/x.pcapng", Partial: c.partial}})
		if len(p.forgotten) != c.want {
			t.Errorf("%s: forgotten %v", what, p.forgotten)
		}
		if c.want == 1 {
			p.tell(forgottenMsg{done: "helper podtracer/podtracer-helper-x2x4z is deleted"})
			p.sees("/x.pcapng", "is deleted")
		}
	}
}

// The standard error of a run that podtracer run has detached is no part of the file.
func TestADetachedRunStaysOfWhichTheFileDoesNotHaveAll(t *testing.T) {
	for what, c := range map[string]struct {
		capture bool
		beside  int64
		want    int
	}{"text with words": {false, 10, 0}, "text without": {false, 0, 1}, "a capture": {true, 10, 1}} {
		p := sit(t, 160, 24)
		run := followed(1, tools.Ended)
		run.Capture, run.Beside = c.capture, c.beside
		p.tell(shop(), listMsg{list: tools.List{run}})
		p.tell(saving.Saved{ID: 1, File: save.File{Path: "/x.txt"}})
		if len(p.forgotten) != c.want {
			t.Errorf("%s: forgotten %v", what, p.forgotten)
		}
		if c.want == 0 {
			p.sees("/x.txt", "said beside its output is not in the file; podtracer get "+annasPlace)
		}
	}
}

func TestADetachedRunThatIsGoneIsSaid(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop(), fleet())
	p.press("r")
	p.tell(detachedMsg{found: []detached.Found{annas()}})
	p.press("G", "enter")
	p.tell(attachedMsg{place: annasPlace, err: errors.New("the helper is gone")}, tea.WindowSizeMsg{Width: 80, Height: 24})
	p.sees("the helper is gone")
}

// elsewhere is a run on another node.
func elsewhere(id tools.RunID) tools.State {
	r := state(id, tools.Running)
	r.Remote = true
	return r
}

func TestARunOnAnotherNodeGoesOnWithoutTheConsoleForAsLongAsThePersonSays(t *testing.T) {
	p := sitWith(t, 80, 24, Deps{Detached: anywhere{}})
	p.tell(shop(), listMsg{list: tools.List{elsewhere(1)}})
	p.do(p.m.watch(1))
	p.sees("d detach")
	p.press("d")
	p.sees("goes on without this console", "1h", "enter detaches it")
	p.press("ctrl+u", "soon", "enter")
	p.sees("not a time")
	p.press("ctrl+u", "90m", "enter")
	if want := []handedOver{{1, 90 * time.Minute}}; !slices.Equal(p.handed, want) {
		t.Errorf("got %v", p.handed)
	}
	p.sees("handing it over")
	gone := elsewhere(1)
	gone.Phase, gone.Cause = tools.Ended, tools.ErrLeft
	p.tell(listMsg{list: tools.List{gone}}, handedMsg{id: 1, what: "tcpdump in shop/cart", place: annasPlace})
	p.sees("┌─ runs", "tcpdump in shop/cart goes on without this console", "podtracer attach "+annasPlace)
	p.seesNot("   1 tcpdump") // it is a detached run now
	p.tell(detachedMsg{found: []detached.Found{annas()}})
	p.sees("◇ tcpdump")
	p.press("q")
	if !p.quit || len(p.m.told) != 1 || !strings.Contains(p.m.told[0], "tcpdump in shop/cart goes on") {
		t.Errorf("quit %v, told %q", p.quit, p.m.told)
	}
}

func TestARunThatCannotBeHandedOverSaysWhyAndGoesOnHere(t *testing.T) {
	p := sitWith(t, 80, 24, Deps{Detached: anywhere{}})
	here, whole, ended := state(1, tools.Running), elsewhere(2), elsewhere(3)
	here.Held, here.Ring.Size = false, 8<<20
	whole.Whole, ended.Phase = true, tools.Ended
	p.tell(shop(), listMsg{list: tools.List{here, whole, ended, followed(4, tools.Running)}})
	for id, want := range map[tools.RunID]string{1: "cannot be handed over", 2: "whole terminal", 3: "does not go on", 4: "it is a detached run"} {
		p.do(p.m.watch(id))
		p.press("d")
		p.sees(want)
		p.seesNot("┌─ detach", "d detach")
	}
	p.do(p.m.watch(2))
	p.tell(handedMsg{id: 2, err: errors.New("the helper on node node-8 ends at 12:30")})
	p.sees("the helper on node node-8 ends at 12:30")
}
