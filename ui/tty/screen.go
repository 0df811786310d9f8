package tty

import (
	"sync"
	"time"
)

// screen writes to a terminal; it measures how fast the terminal takes what is written, and records if asked to.
type screen struct {
	terminal *Terminal

	mu        sync.Mutex
	recording *Recording
}

// Write writes one frame or one sequence.
func (s *screen) Write(p []byte) (int, error) {
	s.record(p)
	begun := time.Now()
	n, err := s.terminal.out.Write(p)
	s.terminal.wrote(time.Since(begun))
	return n, err
}

// tell writes a sequence without measuring.
func (s *screen) tell(sequence string) {
	s.record([]byte(sequence))
	_, _ = s.terminal.out.WriteString(sequence) // a terminal that is gone is noticed elsewhere: its input ends
}

// record adds to the recording. If that fails, the link reports the error, and the screen goes on without a recording.
func (s *screen) record(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recording == nil {
		return
	}
	size, _ := askSize(s.terminal.out) // the zero size if it is not known
	if err := s.recording.add(size.Columns, size.Rows, p); err != nil {
		s.recording = nil
		s.terminal.link.Update(func(l Link) Link {
			l.Recording, l.RecordingEnded = false, err
			return l
		})
	}
}
