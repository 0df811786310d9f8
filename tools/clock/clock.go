// Package clock compares the clocks of other machines with this machine's.
//
// A clock is read over a connection, in several round trips, of which the shortest counts: the clock was read between the question and
// the answer, so the difference is known up to half of the round trip (Cristian, 1989). A clock that runs faster, and one that was set,
// show in later comparisons.
//
// It starts no goroutine.
//
// Start reading at Compare, which makes an Offset; Course, which is how an offset changes, and Shift, which corrects times by it.
package clock

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/fennec-project/podtracer/internal/pause"
)

// Offset says how far another clock is from this machine's.
type Offset struct {
	At     time.Time     // when they were compared, by this machine's clock
	Ahead  time.Duration // of the other clock; negative if it is behind
	Within time.Duration // Ahead is at most so far from the truth
}

// Own is the offset of this machine's own clock.
func Own() Offset { return Offset{At: time.Now().Round(0)} }

// Certain says whether the clocks differ for sure.
func (o Offset) Certain() bool { return o.Ahead.Abs() > o.Within }

// drift is how fast one clock may move away from another while neither is set: as fast as a clock is slewed (adjtime(3), in parts of one).
const drift = 500e-6

// TellsNothing says whether another comparison is so much surer that this one adds nothing to it: as after a question that a stalled connection
// has held for seconds. Two that contradict each other both tell something, because a clock was set.
func (o Offset) TellsNothing(other Offset) bool {
	if other.At.IsZero() {
		return false
	}
	sure := other.Within + time.Duration(drift*float64(o.At.Sub(other.At).Abs()))
	return o.Within > sure && (o.Ahead-other.Ahead).Abs() <= o.Within+sure
}

const (
	rounds = 8                      // round trips of a comparison
	enough = 250 * time.Millisecond // of a comparison, after which no further round trip is begun
	leap   = time.Millisecond       // by which this machine's clock may disagree with itself during a round trip
)

var errLeaps = errors.New("this machine's clock was set meanwhile")

// Compare compares another clock, which ask reads, with this machine's. A round trip during which this machine's clock was set, or stood
// still, does not count.
//
// Errors: that of ask, if no round trip counts.
func Compare(ctx context.Context, ask func(context.Context) (time.Time, error)) (Offset, error) {
	best, err := Offset{Within: math.MaxInt64}, errLeaps
	began := time.Now()
	for range rounds {
		sent := time.Now()
		told, failed := ask(ctx)
		took := time.Since(sent) // by a clock that nobody sets
		passed := time.Now().Round(0).Sub(sent.Round(0))
		switch {
		case failed != nil && best.At.IsZero():
			return Offset{}, failed
		case failed != nil:
			return best, nil
		case (passed-took).Abs() < leap && took/2 < best.Within:
			middle := sent.Add(took / 2).Round(0)
			best, err = Offset{At: middle, Ahead: told.Sub(middle), Within: took/2 + 1}, nil
		}
		if time.Since(began) > enough {
			break
		}
	}
	return best, err
}

// Pauses between two comparisons: shorter ones at first, because a short run sees the clock drift, too.
const (
	first   = 5 * time.Second
	longest = 30 * time.Second
)

// Follow compares again and again until ctx ends or stop says so of an error, and tells each offset.
func Follow(ctx context.Context, ask func(context.Context) (time.Time, error), tell func(Offset), stop func(error) bool) {
	for wait := first / 2; ctx.Err() == nil; pause.For(ctx, wait) {
		o, err := Compare(ctx, ask)
		switch {
		case err == nil:
			tell(o)
			wait = min(2*wait, longest)
		case stop(err):
			return
		default:
			wait = first
		}
	}
}
