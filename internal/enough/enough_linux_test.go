package enough

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/apart"
	"github.com/fennec-project/podtracer/internal/guard"
)

func TestTheTightestCgroupOnTheWayDecides(t *testing.T) {
	for name, c := range map[string]struct {
		mine  string
		files map[string]string
		want  int
	}{
		"version 2":             {"0::/a/b\n", map[string]string{"a/b/pids.max": "20\n", "a/b/pids.current": "5\n"}, 15},
		"one around it":         {"0::/a/b\n", map[string]string{"a/b/pids.max": "max\n", "a/b/pids.current": "5\n", "a/pids.max": "9\n", "a/pids.current": "7\n"}, 2},
		"version 1":             {"9:name=systemd:/x\n8:pids:/a\n0::/\n", map[string]string{"pids/a/pids.max": "20\n", "pids/a/pids.current": "19\n"}, 1},
		"a cgroup of its own":   {"0::/\n", map[string]string{"pids.max": "10\n", "pids.current": "4\n"}, 6},
		"nobody says":           {"0::/a\n", nil, 1 << 30},
		"no limit":              {"0::/a\n", map[string]string{"a/pids.max": "max\n", "a/pids.current": "4\n"}, 1 << 30},
		"more than are allowed": {"0::/a\n", map[string]string{"a/pids.max": "4\n", "a/pids.current": "7\n"}, -3},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mine := filepath.Join(dir, "cgroup")
			write(t, mine, c.mine)
			for file, text := range c.files {
				write(t, filepath.Join(dir, "mounts", file), text)
			}
			if got := allowed(mine, filepath.Join(dir, "mounts")); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestWhatPodtracerStartsItselfIsNotRefused(t *testing.T) {
	watcher, args := guard.Watched(time.Minute, os.Stderr, os.Stderr, "/bin/true", nil)
	for _, argv := range [][]string{{guard.Name, "/bin/true", "true"}, {apart.Name, "/x"}, append([]string{watcher}, args...)} {
		if !isOurs(argv) {
			t.Errorf("%q", argv)
		}
	}
	for _, argv := range [][]string{{"podtracer"}, {"/usr/bin/podtracer", "run"}, nil} {
		if isOurs(argv) {
			t.Errorf("%q", argv)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
