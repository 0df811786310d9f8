package clock

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Words say how far the clock was from podtracer's when they were compared last, and before if it has changed since.
func (c Course) Words() string {
	switch last := c.Last(); {
	case len(c) == 0:
		return "not compared"
	case c.Own():
		return "its own"
	default:
		words := last.String()
		if least, most := c.Range(); most.Ahead-least.Ahead > least.Within+most.Within {
			words += fmt.Sprintf(", and between %s and %s", least.side(), most.side())
		}
		return words
	}
}

// String is the offset with how certain it is.
func (o Offset) String() string { return o.side() + " ± " + Brief(o.Within) }

func (o Offset) side() string {
	if o.Ahead < 0 {
		return Brief(-o.Ahead) + " behind"
	}
	return Brief(o.Ahead) + " ahead"
}

// Brief writes how far clocks are apart, with at most three digits: 31 µs, 0.4 ms, 5.12 s.
func Brief(d time.Duration) string {
	value, unit := d.Abs().Seconds(), "s"
	switch {
	case value >= 1000:
		return d.Abs().Round(time.Second).String()
	case value < 100e-6:
		value, unit = value*1e6, "µs"
	case value < 1:
		value, unit = value*1e3, "ms"
	}
	digits := 2
	if value > 0 {
		digits = max(0, min(2, 2-int(math.Floor(math.Log10(value)))))
	}
	return strconv.FormatFloat(math.Round(value*math.Pow10(digits))/math.Pow10(digits), 'f', -1, 64) + " " + unit
}
