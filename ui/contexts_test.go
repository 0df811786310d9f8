package ui

import (
	"errors"
	"testing"

	"github.com/fennec-project/podtracer/tools"
)

func TestAnotherContextIsChosenByWordsAndGoneToAtOnceWhereNothingRuns(t *testing.T) {
	p := openHome("c")(t, 80, 24)
	p.sees("contexts", "prod-eu (this one)", "kind", "prod-us", "enter go there")
	p.press("u", "s")
	p.seesNot("kind")
	p.press("enter")
	if !p.quit || p.m.next != "prod-us" {
		t.Errorf("quit %v, next %q", p.quit, p.m.next)
	}
}

func TestWhatRunsIsAskedAboutBeforeAnotherContextIsGoneTo(t *testing.T) {
	going := func() *person {
		p := before(t, 80, 24, busy())
		p.m.screen = home
		p.press("c", "u", "s", "enter")
		p.sees("another context", "1 tool is still running. Stop it and go to context prod-us?", "a save all and go there", "y go there")
		return p
	}
	p := going()
	p.press("n")
	p.sees("pods")
	p.press("q")
	p.sees("Stop it and quit?")
	p.press("y")
	if !p.quit || p.m.next != "" {
		t.Errorf("quit %v, next %q", p.quit, p.m.next)
	}
	p = going()
	p.press("a")
	p.sees("y go there without saving")
	p.press("y")
	if !p.quit || p.m.next != "prod-us" {
		t.Errorf("quit %v, next %q", p.quit, p.m.next)
	}
}

func TestTheContextInUseAndNoOtherAreNotGoneTo(t *testing.T) {
	p := openHome("c", "enter")(t, 80, 24)
	p.seesNot("contexts")
	if p.quit {
		t.Error("it went to the context that it was in")
	}
	p.tell(contextsMsg{wanted: true})
	p.sees("there is no other context")
	p.tell(contextsMsg{})
	p.press("x")
	p.seesNot("there is no other context", "c context")
}

func TestWhyAContextCouldNotBeGoneToIsShown(t *testing.T) {
	p := sitWith(t, 80, 24, Deps{Failed: errors.New("go to context prod-us: no route to host")})
	p.tell(shop(), listMsg{tools.List{}, 1})
	p.sees("go to context prod-us: no route to host")
}
