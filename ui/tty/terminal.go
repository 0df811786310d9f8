package tty

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
)

// Terminal is the person's terminal, with an eye on whether it is still there.
//
// A terminal that is closed usually says so: SIGHUP, or the end of input. But when the client of `kubectl exec -it`
// vanishes, the process in the pod sees neither, for as long as one waits. So a quiet terminal is asked for a sign of life
// (DSR, CSI 5 n, ECMA-48 8.3.35), which every terminal answers with CSI 0 n: soon in a pod, elsewhere in case that SIGHUP is
// kept from us. One that has answered before and does not any more is gone. One that never answered may just not know the
// question.
type Terminal struct {
	*os.File // input; its Read is replaced
	out      *os.File
	lost     func()
	quiet    time.Duration // after this it is asked

	questions chan struct{} // holds one question that is to be asked

	mu       sync.Mutex
	heard    time.Time // when anything last came in
	asked    time.Time // when it was first asked since then; zero if it was not
	answered bool      // it has answered at least once
	held     []byte    // the beginning of what may be an answer

	sent     time.Time     // when the question went out whose answer is measured; zero if there is none
	measured time.Time     // when the last such question went out
	speed    speed         // by mu
	came     chan struct{} // closed when the answer comes that is measured
	link     latest.Value[Link]
	owed     int   // questions that have not been answered
	hushed   bool  // nothing is asked any more
	lent     *Lent // while a tool has the terminal
}

const (
	quietInPod = 8 * time.Second
	quietElse  = 10 * time.Minute
	silence    = 24 * time.Second // after it was asked, without an answer, it is gone
	look       = 2 * time.Second

	measureEvery = time.Second            // while frames are written
	measureLook  = 100 * time.Millisecond // while an answer is late
	drained      = 5 * time.Second        // how long a frame waits for the terminal to take the one before
	mostOwed     = 4                      // answers that are waited for
	lastAnswer   = 300 * time.Millisecond // for those that are on their way at the end
)

var (
	question = []byte("\x1b[5n")
	answer   = []byte("\x1b[0n")
)

// New watches over a terminal; lost is called when nobody is there any more, perhaps more than once.
func New(in, out *os.File, lost func()) *Terminal {
	t := &Terminal{File: in, out: out, lost: lost, quiet: quietElse, questions: make(chan struct{}, 1), heard: time.Now(), speed: newSpeed()}
	if _, inPod := os.LookupEnv("KUBERNETES_SERVICE_HOST"); inPod { // which every container of a pod has
		t.quiet = quietInPod
	}
	return t
}

// Read reads what the person types, without the terminal's answers. The end of input means that nobody types any more.
func (t *Terminal) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	if err != nil {
		t.lost()
		return 0, err
	}
	return t.filter(p, n), nil // perhaps nothing: reading on here could not be cancelled
}

// filter takes the answers out of the n bytes in p and returns how many are left.
func (t *Terminal) filter(p []byte, n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = time.Now()
	if t.lent != nil {
		t.asked = time.Time{}
		return copy(p, t.lent.filter(p[:n]))
	}
	expected := !t.asked.IsZero() || !t.sent.IsZero() || !t.answered
	t.asked = time.Time{}
	input := append(t.held, p[:n]...)
	t.held = nil
	if !expected && !bytes.Contains(input, answer) {
		return copy(p, input)
	}
	if bytes.Contains(input, answer) {
		t.answered = true
		t.measure()
		t.owed = max(0, t.owed-bytes.Count(input, answer))
		input = bytes.ReplaceAll(input, answer, nil)
	}
	for _, begun := range [][]byte{answer[:3], answer[:2]} { // not ESC alone: that is a key
		if rest, ok := bytes.CutSuffix(input, begun); ok {
			input, t.held = rest, bytes.Clone(begun)
			break
		}
	}
	return copy(p, input)
}

// Answers says whether the terminal has ever given a sign of life when asked.
func (t *Terminal) Answers() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

// Watch asks when it is quiet and notices when no answer comes. It ends with ctx.
func (t *Terminal) Watch(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	go t.write(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			switch ask, gone := t.check(now); {
			case gone:
				t.lost()
				return
			case ask:
				t.Ask()
			}
		}
	}
}

func (t *Terminal) check(now time.Time) (ask, gone bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked.IsZero() {
		return now.Sub(t.heard) >= t.quiet, false
	}
	return t.answered, t.answered && now.Sub(t.asked) >= silence // asked again, in case an answer got lost
}

// Ask asks for a sign of life. The first time it is called from outside, to learn whether this terminal gives any, once the
// terminal does not echo any more, which would show the answer. It does not wait: a terminal that takes nothing must not
// hold up whoever looks whether it is still there.
func (t *Terminal) Ask() {
	t.mu.Lock()
	if t.asked.IsZero() && t.lent == nil {
		t.asked = time.Now()
	}
	t.mu.Unlock()
	select {
	case t.questions <- struct{}{}:
	default: // one is on its way
	}
}

// tell writes a sequence to the terminal, beside the renderer: a frame is a single write, and os.File does one after the
// other, so that the sequence stands in front of a frame or behind it.
//
// Errors: those of the terminal.
func (t *Terminal) tell(sequence []byte) error {
	if _, err := t.out.Write(sequence); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// hush asks nothing any more and takes the answers that are on their way, which the next program on the terminal would get
// for keys. Nobody else may read any more.
func (t *Terminal) hush() {
	begun := time.Now()
	for buffer := make([]byte, 256); ; {
		t.mu.Lock()
		t.hushed = true
		waiting := t.answered && t.owed > 0
		t.mu.Unlock()
		left := lastAnswer - time.Since(begun)
		if !waiting || left <= 0 {
			return
		}
		typed, err := awaitInput(t.File, left)
		if typed {
			_, err = t.Read(buffer)
		}
		if err != nil {
			return
		}
	}
}

// write asks the questions, beside the renderer: a frame is a single write, so no question stands in the middle of one. It
// ends with ctx, unless the terminal takes nothing any more: then the process ends before it, and nobody waits for it.
func (t *Terminal) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.questions:
			t.mu.Lock()
			if t.hushed {
				t.mu.Unlock()
				return
			}
			lent := t.lent
			if lent == nil {
				t.owed = min(t.owed+1, mostOwed)
				if now := time.Now(); now.Sub(t.sent) > 2*drained { // there is none, or its answer got lost
					t.sent, t.measured, t.came = now, now, make(chan struct{})
				}
			}
			came := t.came
			t.mu.Unlock()
			if lent != nil {
				lent.ask(time.Now())
				continue
			}
			_, _ = t.out.Write(question) // a terminal that takes nothing does not answer either
			t.awaitAnswer(ctx, came)
		}
	}
}

// Size is that of the terminal, or the usual one if it does not say its own.
func (t *Terminal) Size() Size { return SizeOf(t.out) }

// Sizes tells the size of the terminal, now and whenever it changes, until ctx ends. One that does not say its own yet is not told.
func (t *Terminal) Sizes(ctx context.Context, tell func(Size)) { Sizes(ctx, t.out, tell) }
