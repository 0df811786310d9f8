package tally

import (
	"bytes"
	"sync"
)

// Tail keeps the last bytes that were written to it. A program may print anything, for how long it likes.
type Tail struct {
	mu   sync.Mutex
	text []byte
}

// Write takes text in pieces of any size. It never fails.
func (t *Tail) Write(p []byte) (int, error) {
	const most = 512
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-most):]...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

// Text is what is kept.
func (t *Tail) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// String returns the last line.
func (t *Tail) String() string {
	text := bytes.TrimRight([]byte(t.Text()), "\r\n")
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
