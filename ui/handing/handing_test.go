package handing

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestTheAnswerIsATimeThatIsLeft(t *testing.T) {
	for typed, want := range map[string]time.Duration{"": 0, "1h": time.Hour, " 90m ": 90 * time.Minute, "soon": 0, "0s": 0, "-1h": 0, "30": 0} {
		var f Form
		f.Open(tools.State{ID: 1, Argv: []string{"tcpdump"}, Pod: fakes.Pod("shop", "web", "node-3", "Running")})
		f.input.SetValue(typed)
		most, ok := f.Answer()
		if ok != (want > 0) || ok && most != want {
			t.Errorf("%q: %s, %v", typed, most, ok)
		}
		if view := strings.Join(f.View(style.New(style.Look{}), 72), "\n"); ok == strings.Contains(view, "not a time") {
			t.Errorf("%q:\n%s", typed, view)
		}
	}
}

func TestNothingIsAskedTwice(t *testing.T) {
	var f Form
	f.Open(tools.State{ID: 1})
	f.Handing = true
	if _, ok := f.Answer(); ok {
		t.Error("it is handed over a second time")
	}
	f.Failed(errors.New("no room"))
	if _, ok := f.Answer(); !ok {
		t.Error("it cannot be tried again")
	}
}
