package hint

import (
	"errors"
	"fmt"
	"testing"
)

func TestHintsAreFoundThroughWrappingAndJoining(t *testing.T) {
	inner := Add(errors.New("permission denied"), "run as root")
	outer := Add(fmt.Errorf("find: %w", errors.Join(errors.New("a"), inner, inner)), "see doctor")
	if got, want := Of(outer), "see doctor\nrun as root"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := outer.Error(), "find: a\npermission denied\npermission denied"; got != want {
		t.Errorf("the error text changed: %q", got)
	}
}

func TestNoErrorHasNoHint(t *testing.T) {
	if Add(nil, "x") != nil || Of(nil) != "" || Of(errors.New("x")) != "" {
		t.Error("an error without a hint has one")
	}
}

func TestAnErrorOfSeveralLinesIsOneWhereThereIsRoomForOne(t *testing.T) {
	err := fmt.Errorf("ask: %w", errors.Join(errors.New("no answer\n"), errors.New("no right"), errors.New("no right")))
	if got, want := Line(err), "ask: no answer; no right"; got != want || Line(nil) != "" {
		t.Errorf("got %q, want %q", got, want)
	}
}
