package program

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestTooFewProcessesOrOpenFilesAreSaidInOneSentence(t *testing.T) {
	cgroup := fmt.Sprintf("/sys/fs/cgroup/pids/podtracer-test-%d", os.Getpid())
	if err := os.Mkdir(cgroup, 0o755); err != nil {
		cgroup = fmt.Sprintf("/sys/fs/cgroup/podtracer-test-%d", os.Getpid()) // version 2
		if err := os.Mkdir(cgroup, 0o755); err != nil {
			t.Skipf("no cgroup can be made here: %v", err)
		}
	}
	t.Cleanup(func() {
		if err := os.Remove(cgroup); err != nil {
			t.Error(err)
		}
	})
	limits := map[string]string{"ulimit -n 8": "too few open files", "ulimit -n 32": "too few open files"}
	for most := 6; most <= 15; most++ {
		limits[fmt.Sprintf("echo %d > %s/pids.max; echo $$ > %s/cgroup.procs", most, cgroup, cgroup)] = "too few processes"
	}
	for limit, want := range limits {
		for _, args := range []string{"demo run --pod client-0 -- true", "run --pod x -- true", "", "version"} {
			script := limit + ` && exec "$0" ` + args
			out, err := exec.Command("sh", "-c", script, binary).CombinedOutput()
			var exit *exec.ExitError
			if lines := strings.Count(string(out), "\n"); !asExit(err, &exit) || exit.ExitCode() != 125 || lines != 2 ||
				!strings.HasPrefix(string(out), "podtracer: "+want) || !strings.Contains(string(out), "\n  hint: ") {
				t.Errorf("%s, %s: %v, %s", limit, args, err, out)
			}
		}
	}
}
