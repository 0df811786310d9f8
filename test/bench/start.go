//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// start measures a tool that does nothing, from the command line to its end: for podtracer that includes reading the kubeconfig,
// asking the API for the pod, and asking the runtime for its namespace.
func (b *bench) start(ctx context.Context) error {
	return b.compare("start and end of a tool", "podtracer run … -- true", "nsenter -n -t PID true", "at most 25 ms more",
		func() (time.Duration, error) { return timed(ctx, b.podtracer, b.runArgs(b.pod, "true")...) },
		func() (time.Duration, error) { return timed(ctx, "nsenter", "-n", "-t", b.pid, "true") })
}

func (b *bench) runArgs(pod string, tool ...string) []string {
	return append([]string{"run", "-n", b.namespace, "--pod", pod, "--"}, tool...)
}

func timed(ctx context.Context, name string, args ...string) (time.Duration, error) {
	begin := time.Now()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return time.Since(begin), nil
}

// findProcess finds a process in a pod's network namespace, for nsenter.
func (b *bench) findProcess(pod string) (string, error) {
	out, err := exec.Command(b.podtracer, b.runArgs(pod, "readlink", "/proc/self/ns/net")...).Output()
	if err != nil {
		return "", fmt.Errorf("find the namespace of pod %s: %w", pod, err)
	}
	namespace := strings.TrimSpace(string(out))
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return "", err
	}
	oldest := 0 // the pod's pause process, which lives as long as the pod
	for _, link := range links {
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if target, linkErr := os.Readlink(link); err == nil && linkErr == nil && target == namespace && (oldest == 0 || pid < oldest) {
			oldest = pid
		}
	}
	if oldest == 0 {
		return "", errors.New("no process is in the pod's namespace " + namespace)
	}
	return strconv.Itoa(oldest), nil
}
