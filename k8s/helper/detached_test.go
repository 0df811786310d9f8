package helper

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Kubernetes puts the value of a variable in the place of $(NAME), and $ in that of $$, in the command of a container.
func TestTheCommandOfADetachedRunIsNotExpanded(t *testing.T) {
	argv := []string{"sh", "-c", `echo $$ $(HOME) $(NODE_NAME)`, "a$"}
	order, err := json.Marshal(argv)
	if err != nil {
		t.Fatal(err)
	}
	command := Options{Image: "image"}.DetachedPod("node2", Detached{Order: order, Lasts: time.Hour}).Spec.Containers[0].Command
	text := command[len(command)-1]
	if strings.Contains(text, "$") {
		t.Errorf("Kubernetes expands %s", text)
	}
	var got []string
	if err := json.Unmarshal([]byte(text), &got); err != nil || strings.Join(got, "|") != strings.Join(argv, "|") {
		t.Errorf("got %q, %v; want %q", got, err, argv)
	}
}

func TestTheVolumeOfADetachedRunHoldsWhatTheRunMayKeep(t *testing.T) {
	for keeps, want := range map[int64]string{1 << 30: "11Gi", 100 << 30: "110Gi", 0: "<nil>"} {
		got := Options{Image: "image"}.DetachedPod("node2", Detached{Lasts: time.Hour, Keeps: keeps}).Spec.Volumes[0].EmptyDir.SizeLimit.String()
		if got != want {
			t.Errorf("%d bytes: the volume has %s, want %s", keeps, got, want)
		}
	}
}
