package tty

import (
	"testing"
	"time"

	"github.com/fennec-project/podtracer/ui/fakes"
)

func TestALinkIsSlowedDownAtOnceAndSpedUpWithPatience(t *testing.T) {
	s := newSpeed()
	now := fakes.Noon
	note := func(delay time.Duration, want int) {
		t.Helper()
		now = now.Add(time.Second)
		if got := s.note(delay, now); got != want {
			t.Errorf("%v: %d frames/s, want %d", delay, got, want)
		}
	}
	note(700*time.Millisecond, framesPerSecond) // a long way is not a slow link
	note(800*time.Millisecond, framesPerSecond)
	note(1200*time.Millisecond, 5)
	note(5*time.Second, 2)
	for range 3 {
		note(710*time.Millisecond, 2)
	}
	note(710*time.Millisecond, 5)
	note(3*time.Second, 2) // sped up too early
	for range 6 {
		note(710*time.Millisecond, 2)
	}
	note(710*time.Millisecond, 5)
}
