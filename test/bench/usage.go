package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuTime is how long a process ran so far, by the scheduler's own count. What its children use is not in it.
func cpuTime(pid int) (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("there is no process %d", pid)
	}
	var sum time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", path, err)
		}
		sum += time.Duration(ns)
	}
	return sum, nil
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
