// Package tally understands what tcpdump says of a capture on standard error: where it listens, what it and the kernel have counted,
// and how much it had not read when it was to stop. It knows no run; it is given the text, and told how tcpdump is asked.
package tally

import (
	"regexp"
	"strconv"

	"github.com/fennec-project/podtracer/tools/report"
)

// Told is what a capturing tool has told of its capture.
type Told struct {
	Device   string // name of the interface, or any; "" until it listens
	Counters report.Counters
}

var (
	atEnd   = regexp.MustCompile(`^\d+ packets? (captured|received by filter|dropped by (kernel|interface))`)
	wrote   = regexp.MustCompile(`^(\d+) packets? captured`)
	listens = regexp.MustCompile(`listening on (\S+), link-type`)
	sifts   = regexp.MustCompile(`Kernel filter failed|Filter too complex`)
)

// How tcpdump(1) prints its counters: in one line when SIGUSR1 asks, in several lines when it ends.
var (
	answer           = regexp.MustCompile(`^tcpdump: (\d+) packets? captured, \d+ packets? received by filter, \d+ packets? dropped by kernel`)
	received         = regexp.MustCompile(`(\d+) packets? received by filter`)
	droppedByKernel  = regexp.MustCompile(`(\d+) packets? dropped by kernel`)
	droppedByNetwork = regexp.MustCompile(`(\d+) packets? dropped by interface`)
)

// IsAnswer says whether a line is tcpdump's answer to SIGUSR1.
func IsAnswer(line string) bool { return answer.MatchString(line) }

// read reads a line that the tool wrote.
func (t *Told) read(line []byte) {
	if m := listens.FindSubmatch(line); m != nil {
		t.Device = string(m[1])
	}
	c := &t.Counters
	for _, figure := range []struct {
		pattern *regexp.Regexp
		value   *uint64
	}{{received, &c.Received}, {droppedByKernel, &c.KernelDropped}, {droppedByNetwork, &c.InterfaceDropped}} {
		if m := figure.pattern.FindSubmatch(line); m != nil {
			if n, err := strconv.ParseUint(string(m[1]), 10, 64); err == nil {
				*figure.value = n
				c.Known = true
			}
		}
	}
}
