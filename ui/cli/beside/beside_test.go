package beside

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// reader is a standard error that somebody may read or not.
type reader struct {
	mu    sync.Mutex
	got   bytes.Buffer
	fails error
	reads chan struct{} // closed when it is read; nil: it is
}

func (r *reader) Write(p []byte) (int, error) {
	if r.reads != nil {
		<-r.reads
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return 0, r.fails
	}
	return r.got.Write(p)
}

func (r *reader) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.String()
}

func say(w *Words, pieces ...string) {
	for _, p := range pieces {
		_, _ = w.Write([]byte(p)) // it never fails
	}
}

func TestWhatIsSaidArrivesInItsOrder(t *testing.T) {
	var r reader
	w := New(&r)
	tool := w.Tool()
	say(w, "one ")
	if r.text() != "one " {
		t.Errorf("a tool that runs is not held: %q", r.text())
	}
	tool.Stop()
	say(w, "two ", "three ")
	tool.Over()
	say(w, "four")
	w.Wait(nil)
	if r.text() != "one two three four" || w.Lost() != nil {
		t.Errorf("%q, %v", r.text(), w.Lost())
	}
}

// A pipe holds whoever writes faster than it is read. Only an end must not hang on that.
func TestAToolIsHeldByAReaderThatDoesNotReadUntilItIsToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reader{reads: make(chan struct{})}
		w := New(&r)
		tool := w.Tool()
		said := make(chan struct{})
		go func() { say(w, "one", "two"); close(said) }() // ends when it is not held any more
		time.Sleep(time.Hour)
		select {
		case <-said:
			t.Error("it was not held")
		default:
		}
		tool.Stop()
		<-said
		tool.Over()
		close(r.reads)
		w.Wait(nil)
		if r.text() != "onetwo" || w.Lost() != nil {
			t.Errorf("%q, %v", r.text(), w.Lost())
		}
	})
}

func TestWhoNeverReadsHoldsNoEndForLongAndWhatIsLostIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(w *Words, tool *Tool)
		want time.Duration // until nobody waits any more
	}{
		"it was stopped": {func(_ *Words, tool *Tool) { tool.Stop(); tool.Over() }, Patience},
		"it has ended, and somebody wants an end":  {func(w *Words, tool *Tool) { tool.Over(); time.Sleep(time.Hour); w.Stop() }, time.Hour + Patience},
		"somebody wants an end, and then it ended": {func(w *Words, tool *Tool) { w.Stop(); tool.Stop(); time.Sleep(3 * time.Second); tool.Over() }, 3*time.Second + Patience},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := reader{reads: make(chan struct{})}
			w := New(&r)
			tool := w.Tool()
			began := time.Now()
			go func() { say(w, strings.Repeat("x", 3<<20), strings.Repeat("x", 3<<20), "last") }() // ends when the reader is given up
			synctest.Wait()
			c.end(w, tool)
			w.Wait(nil)
			if took := time.Since(began); took != c.want {
				t.Errorf("%s: it took %v", name, took)
			}
			synctest.Wait()
			if err := w.Lost(); err == nil || !strings.Contains(err.Error(), "6291460 bytes") {
				t.Errorf("%s: %v", name, err)
			}
			close(r.reads)
		})
	}
}

// Whoever reads late, as in a pager, loses nothing.
func TestTheLastWordsOfAToolThatEndedByItselfWaitForTheirReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reader{reads: make(chan struct{})}
		w := New(&r)
		tool := w.Tool()
		go say(w, "one")
		synctest.Wait()
		tool.Over()
		say(w, "two")
		go func() { time.Sleep(time.Hour); close(r.reads) }()
		w.Settle()
		w.Wait(make(chan struct{}))
		if r.text() != "onetwo" || w.Lost() != nil {
			t.Errorf("%q, %v", r.text(), w.Lost())
		}
	})
}

func TestWhoDoesNotWantToWaitDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reader{reads: make(chan struct{})}
		w := New(&r)
		w.Tool().Over()
		say(w, "one")
		enough := make(chan struct{})
		go func() { time.Sleep(time.Minute); close(enough) }()
		began := time.Now()
		w.Wait(enough)
		if took := time.Since(began); took > time.Minute+Patience || w.Lost() == nil {
			t.Errorf("it took %v; lost: %v", took, w.Lost())
		}
		close(r.reads)
		synctest.Wait()
	})
}

// Of several tools, those that go on are held as before, and one that begins has all the time that the first had.
func TestOneOfManyThatEndsEndsNothingOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reader{reads: make(chan struct{})}
		w := New(&r)
		first := w.Tool()
		go say(w, "first ")
		synctest.Wait()
		first.Stop()
		first.Over()
		second := w.Tool()
		time.Sleep(time.Hour)
		close(r.reads)
		say(w, "second")
		second.Over()
		w.Wait(nil)
		if r.text() != "first second" || w.Lost() != nil {
			t.Errorf("%q, %v", r.text(), w.Lost())
		}
	})
}

func TestAFullDiskIsALossAndAReaderThatWentAwayIsNone(t *testing.T) {
	for err, lost := range map[error]bool{syscall.ENOSPC: true, syscall.EPIPE: false} {
		w := New(&reader{fails: err})
		w.Tool()
		say(w, "one", "two")
		w.Wait(nil)
		if got := w.Lost(); (got != nil) != lost || lost && !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
}
