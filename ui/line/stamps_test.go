package line

import (
	"strings"
	"testing"
	"time"
)

func TestATimeSinceTheStartIsNeverNegative(t *testing.T) {
	began := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for since, want := range map[time.Duration]string{
		2 * time.Second:           "+2.000",
		-5 * time.Millisecond:     "+0.000",       // it came before the run was known to have begun
		-160641 * time.Hour:       "03:00:00.000", // by another clock: of an old capture
		-time.Minute:              "11:59:00.000",
		3*time.Hour + time.Second: "+3:00:01",
	} {
		if got := strings.TrimSpace(SinceStart.Of(began.Add(since), began, time.Time{})); got != want {
			t.Errorf("%v: got %q, want %q", since, got, want)
		}
	}
}
