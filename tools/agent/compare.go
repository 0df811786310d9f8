package agent

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/clock"
)

// comparing compares the clock of an agent's node with this machine's while runs are followed.
type comparing struct {
	offset latest.Value[clock.Offset] // zero if the agent is too old to tell its clock

	mu   sync.Mutex
	runs int // that are followed
	stop func()
}

// compare compares the clocks from now on, until done is called as often as compare was.
func (l *link) compare(ctx context.Context) (done func()) {
	c := &l.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs++; c.runs == 1 {
		ctx, cancel := context.WithCancel(ctx)
		var following sync.WaitGroup
		following.Go(func() { clock.Follow(ctx, l.readClock, c.learn, c.never) }) // ends with the last run
		c.stop = func() { cancel(); following.Wait() }
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.runs--; c.runs == 0 {
			c.stop()
		}
	}
}

// learn takes a comparison, unless the one before is so much surer that it tells nothing.
func (c *comparing) learn(o clock.Offset) {
	if known, _ := c.offset.Get(); !o.TellsNothing(known) {
		c.offset.Set(o)
	}
}

// readClock reads the clock of the agent's node.
func (l *link) readClock(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	reply, err := l.agent.Clock(ctx, &wire.ClockRequest{})
	return time.Unix(0, reply.GetUnixNanos()), err
}

// never says of an error that asking again is of no use: the agent does not know the question.
func (c *comparing) never(err error) bool {
	if status.Code(err) != codes.Unimplemented {
		return false
	}
	c.offset.Set(clock.Offset{})
	return true
}

const (
	awaited = time.Second // how long output waits for the first comparison, which takes less unless the connection is in trouble
	fresh   = time.Minute // how old a comparison may be that a run begins with
)

// tellClock waits until the clocks have been compared, and tells of it. It returns what tells of later comparisons until over ends.
func (r *remote) tellClock(over context.Context) (later func()) {
	if r.streams.Clock == nil {
		return func() {}
	}
	waiting, cancel := context.WithTimeout(over, awaited)
	defer cancel()
	seen := uint64(0)
	for first := true; first; {
		offset, version, err := r.link.clock.offset.Next(waiting, seen)
		if err != nil {
			break
		}
		seen, first = version, !r.tells(offset) && !offset.At.IsZero()
	}
	return func() {
		for {
			offset, version, err := r.link.clock.offset.Next(over, seen)
			if err != nil {
				return
			}
			seen = version
			r.tells(offset)
		}
	}
}

// tells tells of a comparison, unless it is none or too old.
func (r *remote) tells(o clock.Offset) bool {
	if o.At.IsZero() || time.Since(o.At) > fresh {
		return false
	}
	r.streams.Clock(o)
	return true
}
