package tty

import "time"

// paces are the frames in a second, by how long the terminal takes to get to what was written.
var paces = []struct {
	frames int
	delay  time.Duration
}{{2, 1500 * time.Millisecond}, {5, 300 * time.Millisecond}, {framesPerSecond, 0}}

func paceFor(delay time.Duration) int {
	for _, p := range paces {
		if delay >= p.delay {
			return p.frames
		}
	}
	return framesPerSecond
}

// speed judges a link by its measured delays. It slows down at once. It speeds up one step after the link has been good for a
// while; this while grows each time that speeding up was too early.
type speed struct {
	frames   int
	least    time.Duration // the smallest delay: the time there and back; any more is backlog
	good     time.Time     // since when the link is good enough for a higher rate; zero while it is not
	raised   time.Time     // when it last sped up
	patience time.Duration
}

const (
	patience     = 3 * time.Second
	mostPatience = time.Minute
	tooEarly     = 30 * time.Second
)

func newSpeed() speed {
	return speed{frames: framesPerSecond, least: time.Hour, patience: patience}
}

// note takes a measured delay and returns the new number of frames in a second.
func (s *speed) note(delay time.Duration, now time.Time) int {
	s.least = min(s.least, delay)
	pace := paceFor(delay - s.least)
	switch {
	case pace < s.frames:
		if !s.raised.IsZero() && now.Sub(s.raised) < tooEarly {
			s.patience = min(2*s.patience, mostPatience)
		}
		s.frames, s.good, s.raised = pace, time.Time{}, time.Time{}
	case pace == s.frames:
		s.good = time.Time{}
	case s.good.IsZero():
		s.good = now
	case now.Sub(s.good) >= s.patience:
		for _, p := range paces {
			if p.frames > s.frames {
				s.frames = p.frames
				break
			}
		}
		s.good, s.raised = time.Time{}, now
	}
	return s.frames
}
