package agent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// While an agent cannot be reached it can say nothing: its silence counts when it is there again.
func TestAnAgentThatCannotBeReachedIsNotGivenUpForItsSilence(t *testing.T) {
	for name, c := range map[string]struct {
		why          error
		outage, most time.Duration
	}{
		"it is there":           {launch.ErrTimer, 0, silence + 2*time.Second},
		"a short outage":        {launch.ErrTimer, time.Minute, time.Minute + silence + 2*time.Second},
		"one that is too long":  {launch.ErrTimer, time.Hour, absence + silence + 2*time.Second},
		"somebody waits for it": {context.Canceled, time.Hour, parting + 2*time.Second},
		"… and it is there":     {context.Canceled, 0, silence + 2*time.Second},
		"… and it comes back":   {context.Canceled, parting / 2, silence + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &remote{node: "far", over: make(chan struct{}), away: away{node: "far"}}
				if c.outage > 0 {
					r.away.lost(time.Now())
					time.AfterFunc(c.outage, func() { r.away.reached(0, 0) })
				}
				asked, stop := context.WithCancelCause(t.Context())
				stop(c.why)
				over, end := context.WithCancelCause(t.Context())
				began := time.Now()
				r.giveUp(asked, over, end)
				if took := time.Since(began); took > c.most || took < c.most-4*time.Second {
					t.Errorf("it was given up after %v, not about %v", took, c.most)
				}
				time.Sleep(2 * time.Hour) // until the outage is over
			})
		})
	}
}
