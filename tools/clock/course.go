package clock

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Course is the offsets of one clock, the oldest first; nil if it was never compared. It is a value: With returns another one.
type Course []Offset

// mostOffsets is how many offsets a course has. Beyond it, the one goes that differs least from what the others say.
const mostOffsets = 64

// With returns the course with one more offset. Of two neighbours of which one is too vague to say anything that the other does not, that one
// is left out.
func (c Course) With(o Offset) Course {
	if o.TellsNothing(c.Last()) {
		return c
	}
	longer := slices.Clone(c)
	if n := len(longer); n > 0 && longer[n-1].TellsNothing(o) {
		longer = longer[:n-1]
	}
	longer = append(longer, o)
	if len(longer) <= mostOffsets {
		return longer
	}
	least, at := time.Duration(math.MaxInt64), 1
	for i := 1; i < len(longer)-1; i++ {
		before, here, after := longer[i-1], longer[i], longer[i+1]
		between := before.Ahead + part(here.At.Sub(before.At), after.At.Sub(before.At), after.Ahead-before.Ahead)
		if off := (here.Ahead - between).Abs(); off < least {
			least, at = off, i
		}
	}
	return slices.Delete(longer, at, at+1)
}

// part is the same part of a whole as passed is of total.
func part(passed, total, whole time.Duration) time.Duration {
	if total <= 0 {
		return whole
	}
	return time.Duration(float64(passed) / float64(total) * float64(whole))
}

// Last is the newest offset; zero if there is none.
func (c Course) Last() Offset {
	if len(c) == 0 {
		return Offset{}
	}
	return c[len(c)-1]
}

// Range is between which offsets the clock went.
func (c Course) Range() (least, most Offset) {
	for i, o := range c {
		if i == 0 || o.Ahead < least.Ahead {
			least = o
		}
		if i == 0 || o.Ahead > most.Ahead {
			most = o
		}
	}
	return least, most
}

// Certain says whether the clocks differed for sure at any time.
func (c Course) Certain() bool { return slices.ContainsFunc(c, Offset.Certain) }

// Own says whether it is the course of this machine's own clock.
func (c Course) Own() bool {
	return len(c) > 0 && !slices.ContainsFunc(c, func(o Offset) bool { return o.Ahead != 0 || o.Within != 0 })
}

// Shift returns what turns times of the other clock into times of this machine's, in nanoseconds since 1970; nil if the clock was never
// compared, or is this machine's own. Between two comparisons the offset goes in a straight line; before the first and after the last
// it stays. If the other clock was set back behind an earlier comparison, the earlier ones do not count.
func (c Course) Shift() func(nanos int64) int64 {
	if len(c) == 0 || c.Own() {
		return nil
	}
	var theirs, ahead []int64
	for _, o := range c {
		at := o.At.UnixNano() + int64(o.Ahead)
		if n := len(theirs); n > 0 && at <= theirs[n-1] {
			theirs, ahead = theirs[:0], ahead[:0]
		}
		theirs, ahead = append(theirs, at), append(ahead, int64(o.Ahead))
	}
	last := len(theirs) - 1
	return func(nanos int64) int64 {
		i := sort.Search(len(theirs), func(i int) bool { return theirs[i] > nanos })
		switch {
		case i == 0:
			return nanos - ahead[0]
		case i > last:
			return nanos - ahead[last]
		}
		return nanos - ahead[i-1] - int64(part(time.Duration(nanos-theirs[i-1]), time.Duration(theirs[i]-theirs[i-1]), time.Duration(ahead[i]-ahead[i-1])))
	}
}
