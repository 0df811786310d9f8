package margin

import (
	"errors"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestWhatTheApiAnswersAgainstTheRulesIsCountedAndSaid(t *testing.T) {
	snap := k8s.Snapshot{Synced: true, Refused: 1204, Refusal: errors.New(`the name of a pod is "\x1b]52"`)}
	got := strings.Join(Warnings(style.New(style.Look{}), snap, 200), "\n")
	if want := ` left out: 1,204 objects, for example: the name of a pod is "\x1b]52"`; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Warnings(style.New(style.Look{}), k8s.Snapshot{Synced: true}, 200); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
