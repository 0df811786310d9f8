package tty

import (
	"context"
	"fmt"
	"time"
)

// Link is how the console's terminal is doing.
type Link struct {
	Frames         int   // a second, at most
	Recording      bool  // what is seen is being recorded
	RecordingEnded error // before its time; nil if it goes on, or there is none
}

// Slow says whether frames are held back. The zero Link, of which nothing is known yet, is not.
func (l Link) Slow() bool { return l.Frames > 0 && l.Frames < framesPerSecond }

// Text says what is not as usual.
func (l Link) Text() string {
	var text string
	if l.Slow() {
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

// How fast the terminal is: the sign of life that it is asked for comes back when it has taken all that was written before.
// What it is asked while frames are written, and how long a write takes, tell how long the queue is that it works off.

// wrote is told of each frame, and how long it took to write it. Now and then, and after each frame of a slow link, the
// terminal is asked for a sign of life behind it.
func (t *Terminal) wrote(took time.Duration) {
	now := time.Now()
	t.mu.Lock()
	ask := t.answered && t.sent.IsZero() && (t.speed.frames < framesPerSecond || now.Sub(t.measured) >= measureEvery)
	if took >= paces[1].delay || !t.answered {
		t.note(took, now)
	}
	t.mu.Unlock()
	if ask {
		select {
		case t.questions <- struct{}{}:
		default: // one is on its way
		}
	}
}

// measure takes the answer to the question that is measured. The caller holds mu.
func (t *Terminal) measure() {
	if t.sent.IsZero() {
		return
	}
	now := time.Now()
	t.note(now.Sub(t.sent), now)
	t.sent = time.Time{}
	close(t.came)
}

// note takes a delay and tells the console what follows from it. The caller holds mu.
func (t *Terminal) note(delay time.Duration, now time.Time) {
	before := t.speed.frames
	if frames := t.speed.note(delay, now); frames != before {
		t.link.Update(func(l Link) Link {
			l.Frames = frames
			return l
		})
	}
}

// awaitAnswer slows the console down while the answer to a question is late. It ends with the answer, or when there is
// nothing more to learn from waiting.
func (t *Terminal) awaitAnswer(ctx context.Context, came <-chan struct{}) {
	ticker := time.NewTicker(measureLook)
	defer ticker.Stop()
	for range int(2 * paces[0].delay / measureLook) {
		select {
		case <-ctx.Done():
			return
		case <-came:
			return
		case now := <-ticker.C:
			t.mu.Lock()
			if late := now.Sub(t.sent); t.answered && !t.sent.IsZero() && paceFor(late-t.speed.least) < t.speed.frames {
				t.note(late, now)
			}
			t.mu.Unlock()
		}
	}
}

// Ready waits until the terminal has taken what was written, as far as it says so, and not for ever.
func (t *Terminal) Ready(ctx context.Context) {
	t.mu.Lock()
	came, waiting := t.came, t.answered && !t.sent.IsZero()
	t.mu.Unlock()
	if !waiting {
		return
	}
	select {
	case <-came:
	case <-ctx.Done():
	case <-time.After(drained):
	}
}

// Link is how the terminal is doing now.
func (t *Terminal) Link() Link {
	link, _ := t.link.Get()
	return link
}

// NextLink waits for something newer than what was seen, until ctx ends.
func (t *Terminal) NextLink(ctx context.Context, seen uint64) (Link, uint64, error) {
	return t.link.Next(ctx, seen)
}
