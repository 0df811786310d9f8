package tty

import (
	"context"
	"fmt"
	"time"
)

// Link describes how the console's terminal is doing.
type Link struct {
	Frames         int   // the most frames in a second
	Recording      bool  // the screen is being recorded
	RecordingEnded error // why the recording ended early; nil if it has not, or there is none
}

// Slow says whether frames are held back. A zero Link, about which nothing is known yet, is not slow.
func (l Link) Slow() bool { return l.Frames > 0 && l.Frames < framesPerSecond }

// Text says what is unusual about the link.
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

// The speed of the terminal is measured by asking it for a sign of life: the answer comes once the terminal has processed all
// that was written before the question. These delays, and how long each write takes, tell how long the terminal's backlog is.

// wrote is called after each frame with the time that writing took. Now and then, and after every frame on a slow link, it asks
// the terminal for a sign of life.
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

// measure handles the answer to the question that is being measured. The caller holds mu.
func (t *Terminal) measure() {
	if t.sent.IsZero() {
		return
	}
	now := time.Now()
	t.note(now.Sub(t.sent), now)
	t.sent = time.Time{}
	close(t.came)
}

// note takes a delay and tells the console the new frame rate. The caller holds mu.
func (t *Terminal) note(delay time.Duration, now time.Time) {
	before := t.speed.frames
	if frames := t.speed.note(delay, now); frames != before {
		t.link.Update(func(l Link) Link {
			l.Frames = frames
			return l
		})
	}
}

// awaitAnswer lowers the frame rate while an answer is late. It ends with the answer, or when waiting longer would not change
// the rate.
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

// Ready waits until the terminal has processed what was written, as far as the terminal answers, and at most for drained.
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

// Link is the current state of the link.
func (t *Terminal) Link() Link {
	link, _ := t.link.Get()
	return link
}

// NextLink waits for a state that is newer than seen, until ctx ends.
func (t *Terminal) NextLink(ctx context.Context, seen uint64) (Link, uint64, error) {
	return t.link.Next(ctx, seen)
}
