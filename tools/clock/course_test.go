package clock

import (
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func at(after, ahead time.Duration) Offset {
	return Offset{At: noon.Add(after), Ahead: ahead, Within: time.Millisecond}
}

func TestTimesAreCorrectedByWhatTheClocksDifferedThen(t *testing.T) {
	const s = time.Second
	for what, c := range map[string]struct {
		course Course
		times  map[time.Duration]time.Duration // of the other clock, and what they become
	}{
		"one comparison":                 {Course{at(0, 5*s)}, map[time.Duration]time.Duration{0: -5 * s, 5 * s: 0, 1000 * s: 995 * s}},
		"behind":                         {Course{at(0, -5*s)}, map[time.Duration]time.Duration{0: 5 * s}},
		"a clock that gains":             {Course{at(0, 0), at(100*s, 10*s)}, map[time.Duration]time.Duration{0: 0, 55 * s: 50 * s, 110 * s: 100 * s, 220 * s: 210 * s, -s: -s}},
		"set forward":                    {Course{at(0, 0), at(10*s, 0), at(20*s, 60*s)}, map[time.Duration]time.Duration{5 * s: 5 * s, 80 * s: 20 * s, 90 * s: 30 * s}},
		"set back, earlier do not count": {Course{at(0, 60*s), at(10*s, 0)}, map[time.Duration]time.Duration{60 * s: 60 * s, 10 * s: 10 * s}},
	} {
		shift := c.course.Shift()
		for theirs, want := range c.times {
			if got := time.Duration(shift(noon.Add(theirs).UnixNano()) - noon.UnixNano()); got != want {
				t.Errorf("%s: %v becomes %v, want %v", what, theirs, got, want)
			}
		}
	}
	for what, course := range map[string]Course{"never compared": nil, "its own clock": {Own(), Own()}} {
		if course.Shift() != nil {
			t.Errorf("%s: times are corrected", what)
		}
	}
}

// A capture of days has no more offsets than one of minutes, and still shows when the clock was set.
func TestALongCourseKeepsWhatMatters(t *testing.T) {
	var course Course
	for i := range 5000 {
		ahead := time.Duration(i) * time.Microsecond
		if i >= 3000 {
			ahead += time.Hour
		}
		course = course.With(at(time.Duration(i)*30*time.Second, ahead))
	}
	if len(course) > mostOffsets || course[0].Ahead != 0 || course.Last().Ahead != time.Hour+4999*time.Microsecond {
		t.Errorf("%d offsets, from %v to %v", len(course), course[0], course.Last())
	}
	shift := course.Shift()
	for _, i := range []int{0, 17, 1500, 2999, 3000, 4000, 4999} {
		mine := noon.Add(time.Duration(i) * 30 * time.Second)
		theirs := mine.Add(time.Duration(i) * time.Microsecond)
		if i >= 3000 {
			theirs = theirs.Add(time.Hour)
		}
		if off := time.Duration(shift(theirs.UnixNano()) - mine.UnixNano()).Abs(); off > time.Microsecond {
			t.Errorf("comparison %d: the time is %v off", i, off)
		}
	}
	short := Course{at(0, 0)}
	_ = short.With(at(1, 1))
	if len(short) != 1 {
		t.Error("a course that somebody else reads has changed")
	}
}

func TestItIsSaidBrieflyHowFarClocksAreApart(t *testing.T) {
	for want, course := range map[string]Course{
		"not compared":          nil,
		"its own":               {Own()},
		"31 µs ahead ± 0.4 ms":  {{At: noon, Ahead: 31e3, Within: 400e3}},
		"5.12 s behind ± 12 ms": {{At: noon, Ahead: -5123456789, Within: 12e6}},
		"0 µs ahead ± 1 ms":     {at(0, 0)},
		"2h46m40s ahead ± 1 ms": {at(0, 10000*time.Second)},
		"5 s ahead ± 1 ms, and between 0 µs ahead and 5 s ahead": {at(0, 0), at(1, 5*time.Second)},
		"1 ms ahead ± 1 ms": {at(0, 0), at(1, time.Millisecond)}, // as far as is known, it has not changed
	} {
		if got := course.Words(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A question that a stalled connection has held for seconds tells nothing beside one that was answered at once, whichever comes first. Two that
// contradict each other both count: a clock was set.
func TestAComparisonThatIsTooVagueToTellAnythingIsLeftOut(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(1_700_000_000+int64(seconds), 0) }
	sure := Offset{At: at(0), Ahead: 0, Within: 260 * time.Microsecond}
	stalled := Offset{At: at(30), Ahead: 4 * time.Second, Within: 4020 * time.Millisecond}
	again := Offset{At: at(60), Ahead: 100 * time.Microsecond, Within: 300 * time.Microsecond}
	slower := Offset{At: at(30), Ahead: 5 * time.Millisecond, Within: 6 * time.Millisecond}
	set := Offset{At: at(30), Ahead: time.Minute, Within: 4 * time.Second}
	for name, c := range map[string]struct{ come, stay Course }{
		"a stall between":       {Course{sure, stalled, again}, Course{sure, again}},
		"a stall at first":      {Course{stalled, again}, Course{again}},
		"a stall alone":         {Course{stalled}, Course{stalled}},
		"a slower answer":       {Course{sure, slower, again}, Course{sure, slower, again}},
		"a clock that was set":  {Course{sure, set}, Course{sure, set}},
		"… and before a stall":  {Course{sure, set, stalled}, Course{sure, set, stalled}},
		"podtracer's own clock": {Course{{At: at(0)}, {At: at(30)}}, Course{{At: at(0)}, {At: at(30)}}},
	} {
		var got Course
		for _, o := range c.come {
			got = got.With(o)
		}
		if !slices.Equal(got, c.stay) {
			t.Errorf("%s: %v, not %v", name, got, c.stay)
		}
	}
}
