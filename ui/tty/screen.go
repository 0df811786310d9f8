package tty

import (
	"sync"
	"time"
)

// screen is a terminal as it is written to: it measures how fast the terminal takes what it gets, and records it if asked.
type screen struct {
	terminal *Terminal

	mu        sync.Mutex
	recording *Recording
}

// Write writes one frame, or one sequence.
func (s *screen) Write(p []byte) (int, error) {
	s.record(p)
	begun := time.Now()
	n, err := s.terminal.out.Write(p)
	s.terminal.wrote(time.Since(begun))
	return n, err
}

// tell writes a sequence after which the terminal is not asked anything.
func (s *screen) tell(sequence string) {
	s.record([]byte(sequence))
	_, _ = s.terminal.out.WriteString(sequence) // one that is gone is noticed elsewhere: its input ends
}

// record keeps the recording going; its failure is told, and the screen goes on without.
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
