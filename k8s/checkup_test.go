package k8s

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/checkup"
)

func TestTheRightsThatAreLookedForAreThoseOfTheManifests(t *testing.T) {
	looked := map[string]bool{}
	for _, r := range rights {
		looked[r.verb+" "+r.resource] = true
	}
	if diff := cmp.Diff(granted(t), looked); diff != "" {
		t.Errorf("-granted +looked for\n%s", diff)
	}
}

func TestAClockThatIsWrongIsTold(t *testing.T) {
	here := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		server time.Time
		took   time.Duration
		state  checkup.State
		found  string
	}{
		{"the same", here, 0, checkup.OK, "within 2 s of the API server's"},
		{"a second", here.Add(-time.Second), 0, checkup.OK, "within 2 s of the API server's"},
		{"a slow answer says little", here.Add(-5 * time.Second), 4 * time.Second, checkup.OK, "within 2 s of the API server's"},
		{"ahead", here.Add(-90*time.Second - time.Second/2), 0, checkup.Warning, "1m30s ahead of the API server's"},
		{"behind", here.Add(time.Hour - time.Second/2), 0, checkup.Warning, "1h0m0s behind the API server's"},
		{"a server without a date", time.Time{}, 0, checkup.OK, "the API server sends no date"},
	} {
		if f := clockFinding(c.server, here, c.took); f.State != c.state || f.Found != c.found {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}
