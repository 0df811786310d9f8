package tools

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/fennec-project/podtracer/tools/report"
)

var (
	toldAtEnd  = regexp.MustCompile(`^\d+ packets? (captured|received by filter|dropped by (kernel|interface))`)
	toldOfSelf = regexp.MustCompile(`^(\d+) packets? captured`)
)

var toldDevice = regexp.MustCompile(`listening on (\S+), link-type`)

// teller reads what a capturing tool says: its counters go to the run's state, its answers to podtracer's questions
// nowhere else, and the rest on to whom it is for.
type teller struct {
	run     *run
	to      io.Writer
	partial []byte
	passing bool   // the line is too long to say anything about the capture: it is passed on as it comes
	held    []byte // the counters at the tool's end, which come behind the last of its packets
	wrote   int64  // packets that the tool says at its end to have captured, and so to have written; 0 if it does not say
}

// Write takes text as it comes. It never fails.
func (t *teller) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		piece, ends := p, false
		if end := bytes.IndexByte(p, '\n'); end >= 0 {
			piece, ends = p[:end+1], true
		}
		p = p[len(piece):]
		if t.passing = t.passing || len(t.partial)+len(piece) > longestTold; t.passing {
			_, _ = t.to.Write(append(t.partial, piece...)) // nobody may be there any more, which stops no capture
			t.partial, t.passing = t.partial[:0], !ends
			continue
		}
		if t.partial = append(t.partial, piece...); ends {
			t.line(t.partial)
			t.partial = t.partial[:0]
		}
	}
	return n, nil
}

const longestTold = 4 << 10 // bytes of a line that says something about the capture

// flush passes on a last line that has no end.
func (t *teller) flush() {
	if len(t.partial) > 0 {
		t.line(t.partial)
		t.partial = nil
	}
}

func (t *teller) line(line []byte) {
	state, _ := t.run.state.Get()
	counters := state.Counters
	answer := readCounters(&counters, string(line))
	if m := toldDevice.FindSubmatch(line); m != nil {
		t.run.update(func(s *State) { s.Device = string(m[1]) })
	}
	if counters != state.Counters {
		t.run.count(counters)
	}
	switch {
	case answer:
	case toldAtEnd.Match(line):
		if m := toldOfSelf.FindSubmatch(line); m != nil {
			t.wrote, _ = strconv.ParseInt(string(m[1]), 10, 64) // of a number that is none, nothing is concluded
		}
		t.held = append(t.held, line...)
	default:
		_, _ = t.to.Write(line) // nobody may be there any more, which stops no capture
	}
}

// release passes on what was held, if there is anything: on a terminal that takes nothing any more, even an empty write waits.
func (t *teller) release() {
	if len(t.held) > 0 {
		_, _ = t.to.Write(t.held) // nobody may be there any more
	}
}

// count takes what the tool has told of its counters.
func (r *run) count(told report.Counters) {
	now := time.Now()
	r.update(func(s *State) {
		c := &s.Counters
		c.Known, c.Received, c.KernelDropped, c.InterfaceDropped = told.Known, told.Received, told.KernelDropped, told.InterfaceDropped
		s.lose(report.Loss{Kind: report.LostInKernel, Count: int64(c.KernelDropped), Since: now, Detail: "dropped by the kernel"})
		s.lose(report.Loss{Kind: report.LostByInterface, Count: int64(c.InterfaceDropped), Since: now, Detail: "dropped by the interface"})
	})
}

// What tcpdump(1) says of its counters: in one line when it is asked by SIGUSR1, in several at its end.
var (
	toldCaptured  = regexp.MustCompile(`^tcpdump: \d+ packets? captured, \d+ packets? received by filter, \d+ packets? dropped by kernel`)
	toldReceived  = regexp.MustCompile(`(\d+) packets? received by filter`)
	toldKernel    = regexp.MustCompile(`(\d+) packets? dropped by kernel`)
	toldInterface = regexp.MustCompile(`(\d+) packets? dropped by interface`)
)

// readCounters takes a line of what the tool says. answer says that it is the answer to a question of podtracer's.
func readCounters(c *report.Counters, line string) (answer bool) {
	for _, figure := range []struct {
		pattern *regexp.Regexp
		value   *uint64
	}{{toldReceived, &c.Received}, {toldKernel, &c.KernelDropped}, {toldInterface, &c.InterfaceDropped}} {
		if m := figure.pattern.FindStringSubmatch(line); m != nil {
			if n, err := strconv.ParseUint(m[1], 10, 64); err == nil {
				*figure.value = n
				c.Known = true
			}
		}
	}
	return toldCaptured.MatchString(line)
}
