package tools

import (
	"regexp"
	"strconv"

	"github.com/fennec-project/podtracer/tools/report"
)

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
