package agent

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// In a black hole no connection breaks for a while: what is missing is missing since the last beat, not since that was noticed.
func TestAnOutageBeganWhenTheAgentWasHeardLast(t *testing.T) {
	for name, c := range map[string]struct {
		ended error
		heard time.Duration // ago
		want  time.Duration // ago
	}{
		"nobody answers":              {errUnanswered, 18 * time.Second, 18 * time.Second},
		"the connection was closed":   {Broke(errors.New("EOF")), 9 * time.Second, 0},
		"this machine was asleep":     {Broke(errors.New("EOF")), time.Hour, time.Hour},
		"nobody answers since a beat": {errUnanswered, beat, beat},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &link{last: c.ended}
				l.heard.Store(time.Now().Add(-c.heard).UnixNano())
				if got := time.Since(l.lostSince()); got != c.want {
					t.Errorf("it began %v ago", got)
				}
			})
		})
	}
}

// Until a tool has started nothing else tells that its node does not answer.
func TestAnAgentThatDoesNotAnswerIsToldOnceAndOneThatDoesNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		heard := silent("far", func(text string) { told = append(told, text) })
		time.Sleep(shortOutage - time.Millisecond)
		heard()
		time.Sleep(time.Minute)
		if len(told) != 0 {
			t.Errorf("it answered in time, and told is %q", told)
		}
		heard = silent("far", func(text string) { told = append(told, text) })
		time.Sleep(time.Minute)
		synctest.Wait() // until it is told
		heard()
		if len(told) != 1 || !strings.Contains(told[0], "the helper on node far has not answered for 5s") {
			t.Errorf("told %q", told)
		}
		silent("far", nil)()
	})
}
