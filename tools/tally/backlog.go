package tally

import (
	"context"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/pause"
)

// Backlog finds out whether the kernel still held packets for tcpdump when tcpdump ended.
type Backlog struct {
	ask     func(context.Context) bool // asks tcpdump for its counters; false if ctx ends before it is asked
	answers chan count                 // the newest answer to SIGUSR1
	asked   bool                       // when it was to stop, tcpdump was asked how far it was
	atStop  *count                     // what it answered; nil if it did not in time
	done    bool                       // it has then read, and written, what had arrived by then

	mu     sync.Mutex
	known  bool   // tcpdump has answered
	device string // where tcpdump listens
	aside  int64  // how many packets that the kernel counted were not for tcpdump, at most
	sifts  bool   // the kernel counts packets that tcpdump throws away all the time
}

// count is what tcpdump and the kernel had counted at one moment.
type count struct {
	captured int64
	accepted int64 // by the kernel's filter, and not dropped
}

// NewBacklog returns a Backlog of a tcpdump that can be asked for its counters. sifts says that tcpdump is known to throw packets
// away that the kernel counts.
func NewBacklog(sifts bool, ask func(context.Context) bool) *Backlog {
	return &Backlog{ask: ask, answers: make(chan count, 1), sifts: sifts}
}

// take notes an answer. The kernel has also counted what came before tcpdump had set its filter, and tcpdump threw that away.
func (b *Backlog) take(c count) {
	b.mu.Lock()
	defer b.mu.Unlock()
	aside := c.accepted - c.captured
	if b.device == "lo" {
		aside -= c.captured
	}
	if aside = max(0, aside); !b.known || aside < b.aside {
		b.known, b.aside = true, aside
	}
	b.forget()
	select {
	case b.answers <- c:
	default: // never in a run: there is room
	}
}

// listen notes where tcpdump listens.
func (b *Backlog) listen(device string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.device = device
}

func (b *Backlog) forget() {
	select {
	case <-b.answers:
	default:
	}
}

// sift notes that tcpdump itself filters.
func (b *Backlog) sift() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sifts = true
}

// Arrived is how many packets had arrived for tcpdump, at least, when the kernel had accepted that many for it and not dropped them;
// 0 if nobody knows. On lo, and on any for the packets of lo, the kernel counts each packet when it leaves and when it arrives. Of a tcpdump
// that has never answered, those that came before it had set its filter are among them.
func (b *Backlog) Arrived(accepted int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.sifts || b.device == "":
		return 0
	case b.device == "lo" || b.device == "any":
		return (accepted - b.aside) / 2
	default:
		return accepted - b.aside
	}
}

// Known says whether tcpdump has answered, so that it is known what came before it had set its filter.
func (b *Backlog) Known() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known
}

// count asks tcpdump for its counters. It returns nil if no answer comes before ctx ends.
func (b *Backlog) count(ctx context.Context) *count {
	b.forget() // it was asked for earlier
	if !b.ask(ctx) {
		return nil
	}
	select {
	case c := <-b.answers:
		return &c
	case <-ctx.Done():
		return nil
	}
}

// AskAtStop asks a tcpdump that is to stop how far it is, and says whether it has answered before ctx ended.
func (b *Backlog) AskAtStop(ctx context.Context) bool {
	b.asked = true
	b.atStop = b.count(ctx)
	return b.atStop != nil
}

const askAgain = 200 * time.Millisecond // the pause between two questions

// CatchUp waits until ctx ends for a tcpdump that has not yet read what had arrived when it was to stop. tcpdump answers only when it
// has written the packet that it is at.
func (b *Backlog) CatchUp(ctx context.Context) {
	for b.atStop != nil {
		c := b.count(ctx)
		if b.done = c != nil && c.captured >= b.Arrived(b.atStop.accepted); c == nil || b.done {
			return
		}
		pause.For(ctx, askAgain)
	}
}

// CaughtUp says whether CatchUp saw that tcpdump had read and written everything.
func (b *Backlog) CaughtUp() bool { return b.done }

// Asked says whether tcpdump was asked how far it was when it was to stop.
func (b *Backlog) Asked() bool { return b.asked }

// AtStop is how many packets the kernel had accepted, and not dropped, when tcpdump was to stop; false if tcpdump did not answer.
func (b *Backlog) AtStop() (accepted int64, known bool) {
	if b.atStop == nil {
		return 0, false
	}
	return b.atStop.accepted, true
}
