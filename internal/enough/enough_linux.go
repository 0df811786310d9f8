package enough

import (
	"os"
	"path"
	"runtime"
	"strconv"
	"syscall"
)

const (
	failed    = 125 // the exit status of all failures of podtracer
	openFiles = 64  // of a console with a few runs
)

func init() {
	if isOurs(os.Args) {
		return
	}
	if text := check(); text != "" {
		_, _ = os.Stderr.WriteString(text) // there is nobody else to tell
		os.Exit(failed)
	}
}

// isOurs says whether podtracer has started this process as a guard, a reader or a watcher, which need less.
func isOurs(args []string) bool {
	const prefix = "podtracer-"
	return len(args) > 0 && (len(args[0]) > len(prefix) && args[0][:len(prefix)] == prefix || args[0] == "/proc/self/exe")
}

func check() string {
	// This check comes first, because it needs no file: the first file makes Go's poller.
	if text := lack("open files", limit(syscall.RLIMIT_NOFILE), openFiles, "ulimit -n 1024"); text != "" {
		return text
	}
	// Threads of podtracer, a guard and a tool; Go starts more threads if there are more processors.
	processes := 12 + 2*min(runtime.GOMAXPROCS(0), 24)
	return lack("processes", allowed("/proc/self/cgroup", "/sys/fs/cgroup"), processes, "raise pids.max of the cgroup (podPidsLimit of the kubelet)")
}

// lack says what there is too little of, and what helps; "" if there is enough.
func lack(what string, has, needs int, help string) string {
	if has >= needs {
		return ""
	}
	return "podtracer: too few " + what + ": " + strconv.Itoa(max(0, has)) + " may be used here, podtracer and a tool need " +
		strconv.Itoa(needs) + "\n  hint: " + help + "\n"
}

func limit(resource int) int {
	const none = 1 << 30
	var l syscall.Rlimit
	if syscall.Getrlimit(resource, &l) != nil || l.Cur > none {
		return none
	}
	return int(l.Cur)
}

// allowed is how many more processes (the kernel counts threads) the cgroup of this process and its parents allow (cgroups(7), pids).
func allowed(mine, mounts string) int {
	const none = 1 << 30
	list, err := os.ReadFile(mine)
	if err != nil {
		return none
	}
	least := none
	for rest := string(list); rest != ""; {
		var line string
		line, rest = cut(rest, '\n')
		_, line = cut(line, ':')
		controllers, own := cut(line, ':')
		if controllers != "" && controllers != "pids" {
			continue
		}
		for at := path.Clean("/" + own); ; at = path.Dir(at) {
			dir := path.Join(mounts, controllers, at)
			most, mostErr := number(dir + "/pids.max")
			now, nowErr := number(dir + "/pids.current")
			if mostErr == nil && nowErr == nil {
				least = min(least, most-now)
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// number reads the number in a file. "max", which is no limit, is an error.
func number(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	line, _ := cut(string(text), '\n')
	return strconv.Atoi(line)
}

// cut is strings.Cut. Package strings waits for the tables of package unicode, so other packages would be initialised first.
func cut(text string, at byte) (before, after string) {
	for i := range len(text) {
		if text[i] == at {
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}
