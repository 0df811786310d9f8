package margin

import (
	"errors"
	"strings"
	"testing"
	"time"

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

func TestWhosePodsAreShownWithoutTheApiIsSaid(t *testing.T) {
	s := style.New(style.Look{})
	away := k8s.Snapshot{Standin: "node1", Synced: true, Err: errors.New("the API does not answer"), Since: time.Date(2026, 11, 22, 12, 4, 51, 0, time.UTC)}
	for want, got := range map[string]string{
		"✗ only node1 is live since 12:04:51": Top(s, "c", "node1", away, 2, 1, "", 120),
		" the API does not answer; showing the pods of node1 as its container runtime has them, others as of 12:04:51; retrying": Warnings(s, away, 200)[0],
		"● live, node1 only": Top(s, "c", "node1", k8s.Snapshot{Standin: "node1", Synced: true}, 1, 1, "", 120),
		" --runtime-only: the pods of node1 as its container runtime has them; the API is not asked": Warnings(s, k8s.Snapshot{Standin: "node1"}, 200)[0],
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
