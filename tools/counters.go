package tools

import (
	"regexp"
	"strconv"
)

// Counters are what is known of the packets of a capture, beside those that were kept.
type Counters struct {
	Known            bool   // the tool has told the next three
	Received         uint64 // by the filter, in the kernel
	KernelDropped    uint64 // there was no room for them in the kernel's buffer
	InterfaceDropped uint64 // by the interface or its driver
	NotShown         int64  // no text was made of them; they are in the capture
	AgedOut          int64  // they left the ring
	AgedOutBytes     int64
}

// Dropped is how many packets passed the filter, or would have, and are not in the capture.
func (c Counters) Dropped() uint64 { return c.KernelDropped + c.InterfaceDropped }

// Rate is what came in one second.
type Rate struct{ Packets, Bytes int64 }

// RateSeconds is how many seconds back the rates go.
const RateSeconds = 16

// What tcpdump(1) says of its counters: in one line when it is asked by SIGUSR1, in several at its end.
var (
	toldCaptured  = regexp.MustCompile(`^tcpdump: \d+ packets? captured, \d+ packets? received by filter, \d+ packets? dropped by kernel`)
	toldReceived  = regexp.MustCompile(`(\d+) packets? received by filter`)
	toldKernel    = regexp.MustCompile(`(\d+) packets? dropped by kernel`)
	toldInterface = regexp.MustCompile(`(\d+) packets? dropped by interface`)
)

// take reads a line of what the tool says. answer says that it is the answer to a question of podtracer's.
func (c *Counters) take(line string) (answer bool) {
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
