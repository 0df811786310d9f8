package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/ui/cells"
)

// stamp is which time stands before a line.
type stamp int

const (
	noStamp stamp = iota
	arrival
	sinceStart
	sinceBefore
	stampCount
)

func (s stamp) String() string {
	return [...]string{"", "arrival", "since start", "since the line before"}[s]
}

// width is how many cells the times take, with the blank behind them.
func (s stamp) width() int {
	if s == noStamp {
		return 0
	}
	return 13
}

// of is the time of a line that came at a time; before is when the line before it came, zero if that is not known.
func (s stamp) of(at, began, before time.Time) string {
	switch {
	case s == noStamp:
		return ""
	case at.IsZero(), s == sinceBefore && before.IsZero(), s == sinceStart && began.IsZero():
		return cells.FitRight("", s.width()-1) + " "
	case s == arrival:
		return cells.FitRight(at.Format("15:04:05.000"), s.width()-1) + " "
	case s == sinceStart:
		return cells.FitRight(spanText(at.Sub(began)), s.width()-1) + " "
	default:
		return cells.FitRight(spanText(at.Sub(before)), s.width()-1) + " "
	}
}

// spanText writes a span of time to the millisecond: +0.118, +1:02.040, +2:00:31.
func spanText(d time.Duration) string {
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

// parseMoment reads the time of a line to go to: a time of day, of the last day that had it by now, or a span from the line
// one is at.
//
// Errors: what cannot be read, with a hint.
func parseMoment(text string, at, now time.Time) (time.Time, error) {
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
