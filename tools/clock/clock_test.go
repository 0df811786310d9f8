package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// way is how long a question and its answer take.
type way struct{ there, back time.Duration }

// far is a clock that is ahead of this machine's, and is reached over one way after another.
func far(ahead time.Duration, ways ...way) func(context.Context) (time.Time, error) {
	return func(context.Context) (time.Time, error) {
		w := ways[0]
		if len(ways) > 1 {
			ways = ways[1:]
		}
		time.Sleep(w.there)
		told := time.Now().Add(ahead)
		time.Sleep(w.back)
		return told, nil
	}
}

func TestTheShortestRoundTripSaysHowFarClocksAreApart(t *testing.T) {
	for what, c := range map[string]struct {
		ahead, within time.Duration
		ways          []way
	}{
		"as long there as back":                {5 * time.Second, 2 * time.Millisecond, []way{{2e6, 2e6}}},
		"behind":                               {-3 * time.Hour, 2 * time.Millisecond, []way{{2e6, 2e6}}},
		"all of the time there":                {0, 2 * time.Millisecond, []way{{4e6, 0}}},
		"all of the time back":                 {time.Second, 2 * time.Millisecond, []way{{0, 4e6}}},
		"one of several is short":              {time.Second, time.Millisecond, []way{{20e6, 1e6}, {2e6, 0}, {1e6, 20e6}}},
		"the first one, over a new connection": {0, time.Millisecond, []way{{200e6, 0}, {1e6, 1e6}}},
		"a slow link":                          {time.Minute, 150 * time.Millisecond, []way{{300e6, 0}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, err := Compare(t.Context(), far(c.ahead, c.ways...))
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if off := (got.Ahead - c.ahead).Abs(); off > got.Within {
				t.Errorf("%s: %v, and it is %v", what, got, c.ahead)
			}
			if got.Within.Round(time.Microsecond) != c.within {
				t.Errorf("%s: within %v, want %v", what, got.Within, c.within)
			}
			if certain := c.ahead != 0; got.Certain() != certain {
				t.Errorf("%s: %v, certain %v", what, got, got.Certain())
			}
		})
	}
}

func TestASlowLinkIsNotAskedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if _, err := Compare(t.Context(), far(0, way{100e6, 100e6})); err != nil || time.Since(began) > 400*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestWhatWasAnsweredBeforeAnErrorCounts(t *testing.T) {
	broken := errors.New("broken")
	ask, asked := far(time.Second, way{1e6, 1e6}), 0
	failing := func(after int) func(context.Context) (time.Time, error) {
		return func(ctx context.Context) (time.Time, error) {
			if asked++; asked > after {
				return time.Time{}, broken
			}
			return ask(ctx)
		}
	}
	if o, err := Compare(t.Context(), failing(2)); err != nil || !o.Certain() {
		t.Errorf("%v, %v", o, err)
	}
	asked = 0
	if _, err := Compare(t.Context(), failing(0)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestClocksAreComparedAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		began, ahead := time.Now(), time.Duration(0)
		var course Course
		Follow(ctx, func(context.Context) (time.Time, error) { // a clock that gains 100 ppm
			time.Sleep(time.Millisecond)
			ahead = time.Since(began) / 10000
			return time.Now().Add(ahead), nil
		}, func(o Offset) { course = course.With(o) }, func(error) bool { return true })
		if n := len(course); n < 20 || course[1].At.Sub(course[0].At) > 6*time.Second {
			t.Errorf("%d comparisons, the second after %v", n, course[1].At.Sub(course[0].At))
		}
		if off := (course.Last().Ahead - ahead).Abs(); off > 10*time.Millisecond || !course.Certain() {
			t.Errorf("%v at the end, and it is %v", course.Last(), ahead)
		}
	})
}

func TestAnErrorThatSaysSoEndsTheComparisons(t *testing.T) {
	asked := 0
	Follow(t.Context(), func(context.Context) (time.Time, error) { asked++; return time.Time{}, errLeaps }, func(Offset) { t.Error("told") }, func(err error) bool { return true })
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
