package tools

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

func TestWhatAStateSaysInWordsAndAsAStatus(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   State
		status  int
		outcome string
	}{
		{"not ended", State{Phase: Stopping}, 0, "stopping"},
		{"what could not be run", State{Phase: Ended, Err: errors.New("no way")}, 125, "no way"},
		{"a tool that is missing", State{Phase: Ended, Err: fmt.Errorf("x is %w", command.ErrNotInstalled)}, 127, "x is not installed here"},
		{"what broke after the tool had begun", State{Phase: Ended, Began: time.Unix(1, 0), Err: errors.New("the helper is gone")}, 74, "the helper is gone"},
		{"a pod that is gone", State{Phase: Ended, Began: time.Unix(1, 0), Cause: fmt.Errorf("%w: shop/x was deleted", ErrPodGone)}, 125, "the pod is gone: shop/x was deleted"},
		{"an error counts more than a cause", State{Phase: Ended, Err: errors.New("no way"), Cause: ErrTimer}, 125, "no way"},
		{"lost data count more than a good end", State{Phase: Ended, Cause: ErrSpool}, 74, "its output could not be kept"},
		{"stopped and killed", State{Phase: Ended, Cause: ErrTimer, Exit: launch.Exit{Killed: true, Code: -1, Signal: 9}}, 74,
			"stopped: its time was up; it did not end when asked to and was killed, its last output may be missing"},
		{"stopped, and died of it", State{Phase: Ended, Cause: ErrAsked, Exit: launch.Exit{Code: -1, Signal: 2}}, 0, "stopped"},
		{"stopped, and crashed", State{Phase: Ended, Cause: ErrAsked, Exit: launch.Exit{Stopped: true, Code: -1, Signal: 11}}, 139, "stopped; it died of signal 11 (segmentation fault)"},
		{"a pod that is gone, and output with it", State{Phase: Ended, Cause: fmt.Errorf("%w: shop/x was deleted", ErrPodGone), Exit: launch.Exit{Killed: true}}, 74,
			"the pod is gone: shop/x was deleted; it did not end when asked to and was killed, its last output may be missing"},
		{"the last status of a tool", State{Phase: Ended, Exit: launch.Exit{Code: 123}}, 123, "exit 123"},
		{"the first that podtracer uses itself", State{Phase: Ended, Exit: launch.Exit{Code: 124}}, 123, "exit 124"},
		{"a signal", State{Phase: Ended, Exit: launch.Exit{Code: -1, Signal: 15}}, 143, "died of signal 15 (terminated)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.state.Status(); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if got := c.state.Outcome(); got != c.outcome {
				t.Errorf("got %q, want %q", got, c.outcome)
			}
		})
	}
}

func TestElapsedIsTheTimeThatTheToolRan(t *testing.T) {
	began := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	now := began.Add(time.Hour)
	for name, c := range map[string]struct {
		state State
		want  time.Duration
	}{
		"it never began":    {State{Ended: now}, 0},
		"it runs":           {State{Began: began}, time.Hour},
		"it ran and ended":  {State{Began: began, Ended: began.Add(time.Minute)}, time.Minute},
		"it has not begun.": {State{}, 0},
	} {
		if got := c.state.Elapsed(now); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
