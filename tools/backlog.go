package tools

import (
	"context"
	"slices"
	"sync"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
)

// backlog finds out whether the kernel still held packets for tcpdump when tcpdump ended.
type backlog struct {
	answers chan tally // the newest answer to SIGUSR1
	asked   bool       // when it was to stop, tcpdump was asked how far it was
	atStop  *tally     // what it answered; nil if it did not in time
	done    bool       // it has then read, and written, what had arrived by then

	mu    sync.Mutex
	known bool  // tcpdump has answered
	aside int64 // how many packets that the kernel counted were not for tcpdump, at most
	sifts bool  // the kernel counts packets that tcpdump throws away all the time
}

// tally is what tcpdump and the kernel had counted at one moment.
type tally struct {
	captured int64
	accepted int64 // by the kernel's filter, and not dropped
}

// take notes an answer. The kernel has also counted what came before tcpdump had set its filter, and tcpdump threw that away.
func (b *backlog) take(t tally, device string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	aside := t.accepted - t.captured
	if device == "lo" {
		aside -= t.captured
	}
	if aside = max(0, aside); !b.known || aside < b.aside {
		b.known, b.aside = true, aside
	}
	b.forget()
	select {
	case b.answers <- t:
	default: // never in a run: there is room
	}
}

func (b *backlog) forget() {
	select {
	case <-b.answers:
	default:
	}
}

// sift notes that tcpdump itself filters.
func (b *backlog) sift() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sifts = true
}

// arrived is how many packets had arrived for tcpdump, at least; 0 if nobody knows. On lo, and on any for the packets of lo, the
// kernel counts each packet when it leaves and when it arrives.
func (b *backlog) arrived(accepted int64, device string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.known || b.sifts || device == "":
		return 0
	case device == "lo" || device == "any":
		return (accepted - b.aside) / 2
	default:
		return accepted - b.aside
	}
}

// askTally asks tcpdump for its counters. It returns nil if no answer comes before ctx ends.
func (r *run) askTally(ctx context.Context) *tally {
	r.backlog.forget() // it was asked for earlier
	select {
	case r.ask <- launch.WishCounters:
	case <-ctx.Done():
		return nil
	}
	select {
	case t := <-r.backlog.answers:
		return &t
	case <-ctx.Done():
		return nil
	}
}

// askAtStop asks a tcpdump that is to stop how far it is, and says whether it has answered.
func (r *run) askAtStop(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, settleMost+settleQuiet)
	defer cancel()
	b := &r.backlog
	b.asked = true
	b.atStop = r.askTally(ctx)
	return b.atStop != nil
}

// catchUp waits a little for a tcpdump that has not yet read what had arrived when it was to stop. tcpdump answers only when it has
// written the packet that it is at.
func (r *run) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleMost)
	defer cancel()
	b := &r.backlog
	s, _ := r.state.Get()
	for b.atStop != nil {
		t := r.askTally(ctx)
		if b.done = t != nil && t.captured >= b.arrived(b.atStop.accepted, s.Device); t == nil || b.done {
			return
		}
		pause.For(ctx, settleQuiet)
	}
}

// loseBacklog records that tcpdump ended before it had read what had arrived. What arrives after the beginning of a stop is not
// missing.
func (r *run) loseBacklog(s *State, exit launch.Exit) {
	b, c := &r.backlog, s.Counters
	now, _ := r.spool.Get()
	explained := slices.ContainsFunc(s.Losses, func(l report.Loss) bool {
		return l.Kind == report.LostToDisk || l.Kind == report.LostInStream || l.Kind == report.LostByKill
	})
	enough := r.plan.Ends > 0 && s.Packets >= r.plan.Ends
	if explained || enough || now.Full != nil {
		return
	}
	accepted := int64(c.Received) - int64(c.KernelDropped)
	sure, why := s.Device != "any", " when somebody else ended tcpdump"
	switch {
	case !exit.Stopped && (exit.Signal != 0 || exit.Code != 0), exit.Stopped && !b.asked:
		return
	case exit.Stopped && b.atStop != nil:
		accepted, why = b.atStop.accepted, " when tcpdump was stopped"
	case exit.Stopped: // what has arrived after the beginning of the stop is counted, too
		sure, why = false, " when tcpdump, which did not respond, was stopped"
	}
	switch unread := b.arrived(accepted, s.Device) - s.Packets; {
	case unread <= 0:
	case sure:
		s.lose(report.Loss{Kind: report.LostByEnd, Count: unread, Detail: "had arrived and were not yet read" + why})
	default:
		s.Losses = append(slices.Clone(s.Losses), report.Loss{Kind: report.LostByEnd, Detail: "packets may have arrived that were not yet read" + why})
	}
}
