//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is how long a process has run so far, as the scheduler counts it, including threads that have ended
// (clock_getcpuclockid(3)) and without its children.
func cpuTime(pid int) (time.Duration, error) {
	const ofScheduler = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|ofScheduler, &used); err != nil {
		return 0, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	return time.Duration(used.Nano()), nil
}

// memoryOf reads fields of /proc/PID/status, such as VmRSS, in bytes.
func memoryOf(pid int, fields ...string) (map[string]int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil, err
	}
	found := map[string]int64{}
	for _, field := range fields {
		_, behind, _ := strings.Cut(string(text), "\n"+field+":")
		var kilobytes int64
		if _, err := fmt.Sscan(behind, &kilobytes); err != nil {
			return nil, fmt.Errorf("read %s of process %d: %w", field, pid, err)
		}
		found[field] = kilobytes << 10
	}
	return found, nil
}
