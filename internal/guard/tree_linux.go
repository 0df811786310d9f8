package guard

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// endTree signals every descendant of this process, each once, and returns how many there were. It looks again until it
// finds no new one: a process can start another between the look and the signal, but a killed one cannot.
func endTree(signal syscall.Signal) int {
	signalled := map[int]bool{}
	for {
		found := false
		for _, pid := range descendants(os.Getpid()) {
			if !signalled[pid] && syscall.Kill(pid, signal) == nil {
				signalled[pid], found = true, true
			}
		}
		if !found || signal != syscall.SIGKILL {
			return len(signalled)
		}
	}
}

// descendants lists the living processes that came from root, by the parents in /proc/*/stat (proc(5)).
func descendants(root int) []int {
	children := map[int][]int{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if parent, alive := parentOf(pid); alive {
			children[parent] = append(children[parent], pid)
		}
	}
	var all []int
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		all = append(all, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// parentOf reads the parent of a process; a zombie is not alive.
func parentOf(pid int) (parent int, alive bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	// "PID (comm) STATE PPID …": comm may hold anything, so look behind the last parenthesis.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 || fields[0][0] == 'Z' || fields[0][0] == 'X' {
		return 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return parent, err == nil
}
