package tools

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
)

var (
	toldAtEnd  = regexp.MustCompile(`^\d+ packets? (captured|received by filter|dropped by (kernel|interface))`)
	toldOfSelf = regexp.MustCompile(`^(\d+) packets? captured`)
	toldDevice = regexp.MustCompile(`listening on (\S+), link-type`)
	toldSifts  = regexp.MustCompile(`Kernel filter failed|Filter too complex`)
)

// teller reads what a capturing tool writes to standard error. Its counters go to the run's state, its answers to SIGUSR1
// nowhere else, and everything else is passed on.
type teller struct {
	run     *run
	to      io.Writer
	partial []byte
	passing bool   // the line is too long to be about the capture: it is passed on as it comes
	held    []byte // the counters that the tool prints at its end, to be shown after its last packet
	wrote   int64  // packets that the tool says at its end to have captured; 0 if it does not say
}

// Write takes text in pieces of any size. It never fails.
func (t *teller) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		piece, ends := p, false
		if end := bytes.IndexByte(p, '\n'); end >= 0 {
			piece, ends = p[:end+1], true
		}
		p = p[len(piece):]
		if t.passing = t.passing || len(t.partial)+len(piece) > longestTold; t.passing {
			_, _ = t.to.Write(append(t.partial, piece...)) // the reader may be gone, which must not stop a capture
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

const longestTold = 4 << 10 // bytes of a line about the capture

// flush passes on a last line without a line end.
func (t *teller) flush() {
	if len(t.partial) > 0 {
		t.line(t.partial)
		t.partial = nil
	}
}

func (t *teller) line(line []byte) {
	state, _ := t.run.state.Get()
	counters := state.Counters
	readCounters(&counters, string(line))
	answer := toldCaptured.FindSubmatch(line)
	if m := toldDevice.FindSubmatch(line); m != nil {
		t.run.update(func(s *State) { s.Device = string(m[1]) })
		t.run.want(launch.WishCounters)
	}
	if toldSifts.Match(line) {
		t.run.backlog.sift()
	}
	if counters != state.Counters {
		t.run.count(counters)
	}
	switch {
	case answer != nil:
		captured, _ := strconv.ParseInt(string(answer[1]), 10, 64) // 0 if the number is invalid
		t.run.backlog.take(tally{captured, int64(counters.Received) - int64(counters.KernelDropped)}, state.Device)
	case toldAtEnd.Match(line):
		if m := toldOfSelf.FindSubmatch(line); m != nil {
			t.wrote, _ = strconv.ParseInt(string(m[1]), 10, 64) // 0 if the number is invalid
		}
		t.held = append(t.held, line...)
	default:
		_, _ = t.to.Write(line) // the reader may be gone, which must not stop a capture
	}
}

// release passes on the held lines, if there are any: on a terminal that is stuck, even an empty write would wait.
func (t *teller) release() {
	if len(t.held) > 0 {
		_, _ = t.to.Write(t.held) // the reader may be gone
	}
}

// count adds the counters that the tool has told to the run's state.
func (r *run) count(told report.Counters) {
	now := time.Now()
	r.update(func(s *State) {
		c := &s.Counters
		c.Known, c.Received, c.KernelDropped, c.InterfaceDropped = told.Known, told.Received, told.KernelDropped, told.InterfaceDropped
		s.lose(report.Loss{Kind: report.LostInKernel, Count: int64(c.KernelDropped), Since: now, Detail: "dropped by the kernel"})
		s.lose(report.Loss{Kind: report.LostByInterface, Count: int64(c.InterfaceDropped), Since: now, Detail: "dropped by the interface"})
	})
}

// How tcpdump(1) prints its counters: in one line when SIGUSR1 asks, in several lines when it ends.
var (
	toldCaptured  = regexp.MustCompile(`^tcpdump: (\d+) packets? captured, \d+ packets? received by filter, \d+ packets? dropped by kernel`)
	toldReceived  = regexp.MustCompile(`(\d+) packets? received by filter`)
	toldKernel    = regexp.MustCompile(`(\d+) packets? dropped by kernel`)
	toldInterface = regexp.MustCompile(`(\d+) packets? dropped by interface`)
)

// readCounters reads counters from a line of the tool.
func readCounters(c *report.Counters, line string) {
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
}
