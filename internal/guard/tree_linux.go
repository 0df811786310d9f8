package guard

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"

	"github.com/fennec-project/podtracer/internal/printable"
)

// process is a process, as /proc/PID/stat describes it (proc_pid_stat(5)).
type process struct {
	pid, parent, group, session int
	name                        string // chosen by the process, made safe to print
	zombie                      bool   // ended but not reaped: it has no children any more
	stopped                     bool   // by SIGSTOP or the like
}

func (p process) String() string { return fmt.Sprintf("%d (%s)", p.pid, p.name) }

// family is all descendants of this process through those of its children that isMember accepts.
type family struct{ isMember func(process) bool }

// everybody is the family of a guard, all of whose children come from its tool.
func everybody() family { return family{func(process) bool { return true }} }

// signal signals each member as soon as it is found, the newest first, and returns the members: a process that forks and ends before the
// list is complete would never be found otherwise. SIGKILL then goes to their process groups, too, where it is atomic: a fork is either
// already in the group or does not happen.
func (f family) signal(s syscall.Signal) []process {
	var met []process
	groups := map[int]bool{}
	for p := range f.members {
		if syscall.Kill(p.pid, s) == nil {
			met = append(met, p)
		}
		groups[p.group] = true
	}
	self, known := look(os.Getpid())
	for group := range groups {
		if s == syscall.SIGKILL && known && group > 1 && group != self.group {
			_ = syscall.Kill(-group, s) // the group may be gone
		}
	}
	return met
}

func (f family) members(yield func(process) bool) {
	for p := range everyProcess {
		if !p.zombie && f.has(p) && !yield(p) {
			return
		}
	}
}

// everyProcess yields all processes in /proc, the newest first, as long as PIDs have not wrapped around.
func everyProcess(yield func(process) bool) {
	dir, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // an incomplete list is enough, as there is a next search
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.SortFunc(pids, func(a, b int) int { return cmp.Compare(b, a) })
	for _, pid := range pids {
		if p, there := look(pid); there && !yield(p) {
			return
		}
	}
}

// has climbs from a process to the child of this process that is its ancestor.
func (f family) has(p process) bool {
	const tallest = 1000 // while the tree changes, the parents could form a circle
	self := os.Getpid()
	for range tallest {
		if p.parent == self {
			return f.isMember(p)
		}
		next, there := look(p.parent)
		if !there || next.zombie { // it has ended, and the process has a new parent
			if next, there = look(p.pid); !there || next.parent == p.parent {
				return false
			}
		}
		p = next
	}
	return false
}

// look reads the description of a process.
func look(pid int) (p process, there bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	// "PID (comm) STATE PPID PGRP SESSION …": comm may contain anything, so parse after the last parenthesis.
	begin, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	fields := bytes.Fields(stat[end+1:])
	if begin < 0 || end < begin || len(fields) < 4 {
		return process{}, false
	}
	state := fields[0][0]
	p = process{
		pid: pid, name: printable.Line(string(stat[begin+1 : end])),
		zombie: state == 'Z' || state == 'X', stopped: state == 'T' || state == 't',
	}
	for i, number := range []*int{&p.parent, &p.group, &p.session} {
		if *number, err = strconv.Atoi(string(fields[i+1])); err != nil {
			return process{}, false
		}
	}
	return p, true
}

// names lists processes for people, the first of them only.
func names(all []process) (list []string) {
	const most = 8
	for i, p := range all {
		if i == most {
			return append(list, fmt.Sprintf("and %d more", len(all)-most))
		}
		list = append(list, p.String())
	}
	return list
}
