//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	bound    = 20 * time.Second
	muchText = 256 << 10 // bytes
	lastText = 4 << 10
)

// watcher reads what a program says, on its terminal or in a pipe, and waits for texts in it. It never lets the program wait.
type watcher struct {
	mu    sync.Mutex
	text  []byte
	more  chan struct{} // something came
	ended chan struct{}
	seen  atomic.Int64 // bytes
}

func watch(r io.Reader) *watcher {
	w := &watcher{more: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() { // ends with what it reads
		defer close(w.ended)
		buffer := make([]byte, 16<<10)
		for {
			n, err := r.Read(buffer)
			if err != nil {
				return
			}
			w.seen.Add(int64(n))
			w.mu.Lock()
			w.text = append(w.text, buffer[:n]...)
			w.mu.Unlock()
			select {
			case w.more <- struct{}{}:
			default:
			}
		}
	}()
	return w
}

// until waits until a text was written after the last one that was waited for.
func (w *watcher) until(text string) error { return w.within(bound, text) }

// within waits for a text at most so long.
func (w *watcher) within(bound time.Duration, text string) error {
	timeout := time.After(bound)
	for {
		if w.pass(text) {
			return nil
		}
		select {
		case <-w.more:
		case <-w.ended:
			if w.pass(text) {
				return nil
			}
			return fmt.Errorf("the end came before %q; before it: %s", text, w.unread())
		case <-timeout:
			return fmt.Errorf("%q did not appear; instead: %s", text, w.unread())
		}
	}
}

// pass drops everything up to a text, if it is there.
func (w *watcher) pass(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := bytes.Index(w.text, []byte(text))
	switch {
	case i >= 0:
		w.text = w.text[i+len(text):]
	case len(w.text) > muchText: // of a flood only the last is searched again
		w.text = append([]byte(nil), w.text[len(w.text)-lastText:]...)
	}
	return i >= 0
}

// forget drops all that came so far.
func (w *watcher) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = nil
}

func (w *watcher) unread() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.ToValidUTF8(string(w.text), "?")
}

// rest waits for the end and returns what came since the last text that was waited for.
func (w *watcher) rest() string {
	<-w.ended
	return w.unread()
}
