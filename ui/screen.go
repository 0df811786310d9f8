package ui

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"
)

// Screen is the terminal as it is written to: it measures how fast the terminal takes what it gets, and records it if asked.
type Screen struct {
	*os.File // its Write is replaced
	terminal *Terminal

	mu        sync.Mutex
	recording *Recording
}

// Write writes one frame, or one sequence.
func (s *Screen) Write(p []byte) (int, error) {
	s.record(p)
	begun := time.Now()
	n, err := s.File.Write(p)
	s.terminal.wrote(time.Since(begun))
	return n, err
}

// tell writes a sequence after which the terminal is not asked anything.
func (s *Screen) tell(sequence string) {
	s.record([]byte(sequence))
	_, _ = s.File.WriteString(sequence) // one that is gone is noticed elsewhere: its input ends
}

// record keeps the recording going; its failure is told, and the screen goes on without.
func (s *Screen) record(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recording == nil {
		return
	}
	width, height, _ := term.GetSize(s.Fd()) // 0x0 if it is not known
	if err := s.recording.add(width, height, p); err != nil {
		s.recording = nil
		s.terminal.link.Update(func(l Link) Link {
			l.Recording, l.RecordingEnded = false, err
			return l
		})
	}
}

// Link is how the console's terminal is doing.
type Link struct {
	Frames         int   // a second, at most
	Recording      bool  // what is seen is being recorded
	RecordingEnded error // before its time; nil if it goes on, or there is none
}

// slow says whether frames are held back. The zero Link, of which nothing is known yet, is not.
func (l Link) slow() bool { return l.Frames > 0 && l.Frames < framesPerSecond }

// text says what is not as usual.
func (l Link) text() string {
	var text string
	if l.slow() {
		text = fmt.Sprintf("slow terminal: %d frames/s  ", l.Frames)
	}
	switch {
	case l.Recording:
		text += "recording  "
	case l.RecordingEnded != nil:
		text += "recording ENDED  "
	}
	return text
}

// paces are how many frames there are a second, by how long the terminal takes to come to what it got.
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

// speed judges a link by the delays that are measured. It slows down at once. It speeds up by one step after the link was
// good for a while, which becomes longer each time that this was too early.
type speed struct {
	frames   int
	least    time.Duration // the delay of the way there and back; what is more is a queue
	good     time.Time     // since when the link is good for more; zero while it is not
	raised   time.Time     // when it was sped up last
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

// note takes a delay that was measured at a time, and says how many frames a second there are from now on.
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

var errRecordingFull = errors.New("it has reached 256 MiB")
