package enough

import (
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	_ "github.com/fennec-project/podtracer/internal/apart" // a reader is none of these any more
	_ "github.com/fennec-project/podtracer/internal/guard" // nor a guard
)

const (
	failed    = 125 // as whatever else keeps podtracer from running a tool
	openFiles = 64  // of a console with a few runs
)

func init() {
	text := check()
	if text != "" {
		_, _ = os.Stderr.WriteString(text) // there is nobody else to tell
		os.Exit(failed)
	}
}

func check() string {
	// Each of podtracer, a guard and a tool; Go takes more threads the more processors there are.
	processes := 12 + 2*min(runtime.GOMAXPROCS(0), 24)
	if text := lack("processes", allowed("/proc/self/cgroup", "/sys/fs/cgroup"), processes, "raise pids.max of the cgroup (podPidsLimit of the kubelet)"); text != "" {
		return text
	}
	return lack("open files", limit(syscall.RLIMIT_NOFILE), openFiles, "ulimit -n 1024")
}

func limit(resource int) int {
	const none = 1 << 30
	var l syscall.Rlimit
	if syscall.Getrlimit(resource, &l) != nil || l.Cur > none {
		return none
	}
	return int(l.Cur)
}

// allowed is how many processes, which threads are for the kernel, there may be in addition in the cgroup of this process
// and in those around it (cgroups(7), pids).
func allowed(mine, mounts string) int {
	const none = 1 << 30
	list, err := os.ReadFile(mine)
	if err != nil {
		return none
	}
	least := none
	for line := range strings.Lines(string(list)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 || fields[1] != "" && fields[1] != "pids" {
			continue
		}
		for at := path.Clean("/" + fields[2]); ; at = path.Dir(at) {
			dir := path.Join(mounts, fields[1], at)
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

// number reads one; "max" is none.
func number(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
