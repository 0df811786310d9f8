package inuse

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
)

// One helper whose clock is set wrong, or that lies, must not hide all others from a program.
func TestATimeThatCannotBeWrittenHidesNothing(t *testing.T) {
	for _, year := range []int{-1, 10000, 292277026596} {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		text, err := JSON([]Helper{
			{Helper: k8s.Helper{Name: "liar", Created: at}, Status: agent.Status{Runs: []agent.RunStatus{{Began: at, Until: at}}}, Detached: []detached.About{{Began: at, Until: at}}},
			{Helper: k8s.Helper{Name: "honest"}},
		})
		var seen []helperJSON
		if err == nil {
			err = json.Unmarshal([]byte(text), &seen)
		}
		if err != nil || len(seen) != 2 || seen[1].Name != "honest" {
			t.Errorf("%d: %v: %s", year, err, text)
		}
	}
}
