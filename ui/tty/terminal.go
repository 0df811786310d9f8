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

// Terminal is the person's terminal; it watches whether the terminal is still there.
//
// A terminal that is closed usually causes SIGHUP or the end of input. But when the client of `kubectl exec -it` vanishes, the
// process in the pod never sees either. So a quiet terminal is asked for a sign of life (DSR, CSI 5 n, ECMA-48 8.3.35), which
// every terminal answers with CSI 0 n: in a pod soon, elsewhere later, in case SIGHUP does not arrive. A terminal that has
// answered before and stops answering is gone. A terminal that has never answered may just not know the question.
type Terminal struct {
	*os.File // input; Terminal replaces its Read
	out      *os.File
	lost     func()
	quiet    time.Duration // how long the terminal may be quiet before it is asked

	questions chan struct{} // holds one question that is to be written

	mu       sync.Mutex
	heard    time.Time // when the last input came
	asked    time.Time // when it was first asked after that; zero if it was not
	answered bool      // it has answered at least once
	held     []byte    // the beginning of a possible answer

	sent     time.Time     // when the measured question was written; zero if there is none
	measured time.Time     // when the last measured question was written
	speed    speed         // guarded by mu
	came     chan struct{} // closed when the answer to the measured question comes
	link     latest.Value[Link]
	owed     int   // questions without an answer so far
	hushed   bool  // no more questions are asked
	lent     *Lent // set while a tool has the terminal
}

const (
	quietInPod = 8 * time.Second
	quietElse  = 10 * time.Minute
	silence    = 24 * time.Second // a terminal that has not answered for so long is gone
	look       = 2 * time.Second

	measureEvery = time.Second            // how often, while frames are written
	measureLook  = 100 * time.Millisecond // how often, while an answer is late
	drained      = 5 * time.Second        // how long a frame waits for the terminal to take the previous one
	mostOwed     = 4                      // answers that are awaited at the same time
	lastAnswer   = 300 * time.Millisecond // for answers that are on their way at the end
)

var (
	question = []byte("\x1b[5n")
	answer   = []byte("\x1b[0n")
)

// New watches over a terminal. It calls lost when the terminal is gone, perhaps more than once.
func New(in, out *os.File, lost func()) *Terminal {
	t := &Terminal{File: in, out: out, lost: lost, quiet: quietElse, questions: make(chan struct{}, 1), heard: time.Now(), speed: newSpeed()}
	if _, inPod := os.LookupEnv("KUBERNETES_SERVICE_HOST"); inPod { // every container of a pod has this variable
		t.quiet = quietInPod
	}
	return t
}

// Read returns what the person types, without the terminal's answers. The end of input means that nobody can type any more.
func (t *Terminal) Read(p []byte) (int, error) {
	n, err := t.File.Read(p)
	if err != nil {
		t.lost()
		return 0, err
	}
	return t.filter(p, n), nil // perhaps nothing: another read here could not be cancelled
}

// filter removes the answers from the n bytes in p and returns how many bytes are left.
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

// Answers says whether the terminal has ever answered.
func (t *Terminal) Answers() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

// Watch asks a quiet terminal for a sign of life, and notices when no answer comes. It ends with ctx.
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
	return t.answered, t.answered && now.Sub(t.asked) >= silence // ask again, in case an answer got lost
}

// Ask asks for a sign of life. The first call from outside finds out whether the terminal answers at all; it must come after
// echo is off, or the terminal would show the answer. Ask does not wait: a terminal that takes nothing must not hold up whoever
// checks that it is still there.
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

// tell writes a sequence to the terminal, beside the renderer: a frame is a single write, and os.File makes one write after the
// other, so that the sequence comes before a frame or after it.
//
// Errors: those of the terminal.
func (t *Terminal) tell(sequence []byte) error {
	if _, err := t.out.Write(sequence); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

// hush stops all questions and reads the answers that are still on their way, which the next program on the terminal would take
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

// write writes the questions, beside the renderer: a frame is a single write, so that no question comes in the middle of one. It
// ends with ctx, unless the terminal takes nothing: then it ends with the process, and nobody waits for it.
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
				if now := time.Now(); now.Sub(t.sent) > 2*drained { // there is no question, or its answer got lost
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

// Size is the size of the terminal, or the usual size if it does not report one.
func (t *Terminal) Size() Size { return SizeOf(t.out) }

// Sizes reports the size of the terminal, now and whenever it changes, until ctx ends. While the terminal does not report a
// size, Sizes does not either.
func (t *Terminal) Sizes(ctx context.Context, tell func(Size)) { Sizes(ctx, t.out, tell) }
