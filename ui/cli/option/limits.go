package option

import (
	"errors"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools"
)

// Limits are the flags that say when a run ends, and how much of a capture is kept.
type Limits struct {
	timer      time.Duration
	maxSize    limit
	maxPackets count
	minFree    limit
	ring       size
	freezeOn   pattern
	keepAfter  time.Duration
	Headers    bool // only the headers of each packet are kept
}

// AddTo registers the flags.
func (l *Limits) AddTo(f *pflag.FlagSet) {
	f.DurationVarP(&l.timer, "timer", "t", 0, "stop the tool after this time, e.g. 30s")
	f.Var(&l.maxSize, "max-size", "stop the tool when it has written this much, e.g. 100MiB, or none")
	f.Lookup("max-size").DefValue = "1GiB, with --ring none"
	f.Var(&l.maxPackets, "max-packets", "stop a capture after this many packets")
	f.Var(&l.minFree, "min-free", "stop the tool when less than this is free on the disk, e.g. 2GiB, or none")
	f.Lookup("min-free").DefValue = "5 % of it, at most 512MiB"
	f.Var(&l.ring, "ring", "keep only the newest packets of a capture, this much of them, e.g. 256MiB")
	f.Var(&l.freezeOn, "freeze-on", "stop a capture with --ring when a line of its text matches")
	f.DurationVar(&l.keepAfter, "keep-after", 0, "stop this long after --freeze-on has matched, e.g. 30s")
	f.BoolVar(&l.Headers, "snaplen-headers", false, "keep only the headers of each packet")
}

// Check refuses flags that contradict each other. Flags that do not fit the tool are refused by tools.Request.Preview.
func (l *Limits) Check() error {
	switch {
	case l.timer < 0:
		return hint.Add(errors.New("-t/--timer is negative"), "write for example -t 30s")
	case l.keepAfter < 0:
		return hint.Add(errors.New("--keep-after is negative"), "write for example --keep-after 30s")
	case l.ring == 0 && l.freezeOn.Regexp != nil:
		return hint.Add(errors.New("--freeze-on: there is no ring to freeze"), "give it a size, for example --ring 256MiB")
	case l.freezeOn.Regexp == nil && l.keepAfter > 0:
		return hint.Add(errors.New("--keep-after: nothing freezes a ring before the run ends"), "name a pattern that does with --ring SIZE --freeze-on REGEX")
	default:
		return nil
	}
}

// OfRun returns the limits in the form that runs take.
func (l *Limits) OfRun() tools.Limits {
	return tools.Limits{Timer: l.timer, Size: int64(l.maxSize), Packets: int64(l.maxPackets), MinFree: int64(l.minFree)}
}

// Ring returns the ring that a run keeps its newest packets in; its size is 0 if none was asked for.
func (l *Limits) Ring() tools.Ring {
	return tools.Ring{Size: int64(l.ring), FreezeOn: l.freezeOn.Regexp, KeepAfter: l.keepAfter}
}

// count is a flag's number of packets.
type count int64

// Set reads the flag's value.
func (c *count) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return hint.Add(errors.New("not a number of packets"), "write for example 1000")
	}
	*c = count(n)
	return nil
}

func (c *count) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*c), 10)
}

// Type names the value in the help.
func (c *count) Type() string { return "number" }

// pattern is a flag's regular expression.
type pattern struct{ *regexp.Regexp }

// Set reads the flag's value.
func (p *pattern) Set(text string) (err error) {
	const advice = "write a regular expression as Go has them (RE2), for example --freeze-on 'refused|reset'"
	if text == "" {
		return hint.Add(errors.New("it is empty, so every line would match"), advice)
	}
	p.Regexp, err = regexp.Compile(text)
	return hint.Add(err, advice)
}

func (p *pattern) String() string {
	if p.Regexp == nil {
		return ""
	}
	return p.Regexp.String()
}

// Type names the value in the help.
func (p *pattern) Type() string { return "regex" }
