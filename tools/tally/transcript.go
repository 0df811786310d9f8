package tally

import (
	"bytes"
	"sync"
)

// Transcript keeps what a tool has said, for a Reader of another process: of its answers to SIGUSR1, which come again and again, the newest
// only. What is longer than that keeps its beginning.
type Transcript struct {
	mu     sync.Mutex
	said   []byte
	answer []byte
	line   []byte
}

const longestTranscript = 64 << 10

// Write takes text in pieces of any size. It never fails.
func (t *Transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		t.line = append(t.line, rest[:end]...)
		if rest = rest[end:]; t.line[len(t.line)-1] == '\n' || len(t.line) > longestLine {
			t.take()
		}
	}
	return len(p), nil
}

func (t *Transcript) take() {
	switch {
	case answer.Match(t.line):
		t.answer = append(t.answer[:0], t.line...)
	case len(t.said)+len(t.line) <= longestTranscript:
		t.said = append(t.said, t.line...)
	}
	t.line = t.line[:0]
}

// Bytes is what was said, with the newest answer, and the beginning of a line, at its end.
func (t *Transcript) Bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Join([][]byte{t.said, t.answer, t.line}, nil)
}
