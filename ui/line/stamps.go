package line

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ui/cells"
)

// Stamp is the kind of time shown before a line.
type Stamp int

const (
	NoStamp Stamp = iota
	Arrival
	SinceStart
	SinceBefore
	StampCount
)

func (s Stamp) String() string {
	return [...]string{"", "arrival", "since start", "since the line before"}[s]
}

// Width is how many cells the times take, with the blank after them.
func (s Stamp) Width() int {
	if s == NoStamp {
		return 0
	}
	return 13
}

// Of is the text for the time of a line; before is the time of the line before it, zero if that is not known.
func (s Stamp) Of(at, began, before time.Time) string {
	switch {
	case s == NoStamp:
		return ""
	case at.IsZero(), s == SinceBefore && before.IsZero(), s == SinceStart && began.IsZero():
		return cells.FitRight("", s.Width()-1) + " "
	case s == Arrival, s == SinceStart && Foreign(at, began):
		return cells.FitRight(at.Format("15:04:05.000"), s.Width()-1) + " "
	case s == SinceStart:
		return cells.FitRight(Span(max(0, at.Sub(began))), s.Width()-1) + " "
	default:
		return cells.FitRight(Span(at.Sub(before)), s.Width()-1) + " "
	}
}

// Foreign says whether a time comes from another clock than the beginning of a run, so that the difference means nothing: a tool
// reads an old capture, or takes its packets elsewhere. The run may learn the time of a packet that is just being captured a
// moment later.
func Foreign(at, began time.Time) bool { return began.Sub(at) > time.Second }

// Span writes a span of time to the millisecond: +0.118, +1:02.040, +2:00:31.
func Span(d time.Duration) string {
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	d = d.Truncate(time.Millisecond)
	minutes, seconds := int(d.Minutes()), (d % time.Minute).Seconds()
	switch {
	case minutes == 0:
		return fmt.Sprintf("%s%.3f", sign, seconds)
	case minutes < 60:
		return fmt.Sprintf("%s%d:%06.3f", sign, minutes, seconds)
	default:
		return fmt.Sprintf("%s%d:%02d:%02d", sign, minutes/60, minutes%60, int(seconds))
	}
}

// ParseMoment reads a time to go to: a time of day, on the last day that had it by now, or an offset from the current line.
//
// Errors: what cannot be read, with a hint.
func ParseMoment(text string, at, now time.Time) (time.Time, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if span, err := time.ParseDuration(text); err == nil {
			return at.Add(span), nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		clock, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		y, m, d := now.Date()
		moment := time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), now.Location())
		if moment.After(now) {
			moment = moment.AddDate(0, 0, -1)
		}
		return moment, nil
	}
	return time.Time{}, hint.Add(errors.New("not a time"), "write 12:04:20, or -5m or +30s from the line you are at")
}
