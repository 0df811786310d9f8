// Package beside carries what tools say beside their output to a standard error, and knows whether it got there.
//
// While a tool runs, it waits for whoever reads that, as before any pipe. A tool that is to stop, or has ended, is held by nobody: what it
// says then is kept in memory. If the tool was to stop, the reader gets Patience after its end to take that, and then it is lost.
package beside

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"
)

// Patience is how long a reader may take for the last words of a tool that was stopped.
const Patience = 5 * time.Second

// How many bytes are kept for a reader that is behind: of a tool that is to stop, and of one that has ended, whose terminal holds some more.
const (
	roomStopping = 1 << 20
	roomEnded    = 4 << 20
)

// Words is the way to a standard error. Its methods can be called at the same time.
type Words struct {
	to io.Writer

	mu      sync.Mutex
	waiting [][]byte // the first piece is being written
	size    int      // bytes that are waiting
	room    int      // bytes that may wait without anybody waiting for them
	writing bool
	tools   int           // that have begun
	ending  int           // of these, have ended or are to stop
	over    int           // of these, have ended
	stopped bool          // one was to stop, or somebody wants an end
	late    *time.Timer   // gives the reader up; nil: it has all the time
	given   bool          // nobody waits for the reader any more
	missed  int64         // bytes that the reader did not take
	failed  error         // of the first write that failed
	changed chan struct{} // closed when something has changed that somebody may wait for
}

// New returns the way to a standard error.
func New(to io.Writer) *Words { return &Words{to: to, changed: make(chan struct{})} }

// Write passes on what it can. It reports no error, since a tool must not end because nobody hears it.
func (w *Words) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.size > 0 && w.size+len(p) > w.room && !w.given {
		w.await(nil)
	}
	if w.given {
		w.missed += int64(len(p))
		return len(p), nil
	}
	w.waiting, w.size = append(w.waiting, append([]byte(nil), p...)), w.size+len(p)
	if !w.writing {
		w.writing = true
		go w.write() // ends when nothing waits; if the reader never takes it, with the process
	}
	for w.size > w.room && !w.given {
		w.await(nil)
	}
	return len(p), nil
}

// write writes what is waiting. A write that blocks holds no lock.
func (w *Words) write() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) > 0 {
		p := w.waiting[0]
		w.mu.Unlock()
		_, err := w.to.Write(p)
		w.mu.Lock()
		if w.failed = cmp.Or(w.failed, err); w.given { // it counts as missed
			break
		}
		w.waiting, w.size = w.waiting[1:], w.size-len(p)
		w.change()
	}
	w.writing = false
}

// await waits for a change, or for enough. The lock is held before and after.
func (w *Words) await(enough <-chan struct{}) {
	changed := w.changed
	w.mu.Unlock()
	defer w.mu.Lock()
	select {
	case <-changed:
	case <-enough:
	}
}

func (w *Words) change() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// Tool is one of the tools that speak.
type Tool struct {
	words         *Words
	stopped, over bool
}

// Tool says that a tool begins.
func (w *Words) Tool() *Tool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tools++; w.late != nil && w.late.Stop() {
		w.late = nil
	}
	w.makeRoom()
	return &Tool{words: w}
}

// Stop says that the tool is to stop.
func (t *Tool) Stop() {
	w := t.words
	w.mu.Lock()
	defer w.mu.Unlock()
	if !t.stopped && !t.over {
		t.stopped = true
		w.stopped = true
		w.ending++
		w.makeRoom()
	}
}

// Over says that the tool has ended.
func (t *Tool) Over() {
	w := t.words
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.over {
		return
	}
	t.over = true
	w.over++
	if !t.stopped {
		w.ending++
	}
	w.makeRoom()
}

// Stop says that somebody wants an end.
func (w *Words) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.makeRoom()
}

// makeRoom keeps the reader from holding those that end.
func (w *Words) makeRoom() {
	switch w.room = 0; {
	case w.over == w.tools:
		w.room = roomEnded
	case w.ending == w.tools:
		w.room = roomStopping
	}
	if w.over == w.tools && w.stopped && w.late == nil {
		w.late = time.AfterFunc(Patience, w.giveUp)
	}
	w.change()
}

func (w *Words) giveUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.given = true
	w.missed += int64(w.size)
	w.waiting, w.size = nil, 0
	w.change()
}

// Settle waits until the reader has taken everything, but no longer than a reader needs that reads.
func (w *Words) Settle() {
	enough := make(chan struct{})
	timer := time.AfterFunc(time.Second, func() { close(enough) })
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.size > 0 {
		select {
		case <-enough:
			return
		default:
			w.await(enough)
		}
	}
}

// Wait waits until the reader has taken everything, or is given up. With the end of enough, it is given up soon.
func (w *Words) Wait(enough <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.size > 0 && enough != nil {
		select {
		case <-enough:
			time.AfterFunc(time.Second, w.giveUp)
			enough = nil
		default:
			w.await(enough)
		}
	}
	for w.size > 0 {
		w.await(nil)
	}
	if w.late != nil {
		w.late.Stop()
	}
}

// Lost says why something that tools said got nowhere; nil if all did, or if its reader went away. w may be nil.
func (w *Words) Lost() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.failed != nil && !errors.Is(w.failed, syscall.EPIPE):
		return fmt.Errorf("what the tool said on its standard error is lost: %w", w.failed)
	case w.missed > 0:
		return fmt.Errorf("what the tool said on its standard error is lost: nobody took the last %d bytes", w.missed)
	default:
		return nil
	}
}
