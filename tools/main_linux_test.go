package tools

import (
	"bytes"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

// victimEnv marks the process that acts as the podtracer to be killed; its value is a data directory. Its tools inherit it.
const victimEnv = "PODTRACER_TEST_VICTIM"

func TestMain(m *testing.M) {
	if data := os.Getenv(victimEnv); data != "" {
		victim(data)
	}
	// The guards are this test binary. With -race each guard would sleep for a second before it exits.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	status := m.Run()
	if err := left(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// waiting is how many tests run at the same time.
var waiting atomic.Int32

// waits lets a test that mostly waits run at the same time as others that do, after all other tests. What they leave is looked for when all of
// them have ended.
func waits(t *testing.T) {
	t.Parallel()
	waiting.Add(1)
	t.Cleanup(func() { waiting.Add(-1) })
}

// left says which goroutines, but those that were there before, and which guards are left.
func left(before ...goleak.Option) error {
	if err := goleak.Find(before...); err != nil {
		return err
	}
	return guards()
}

// guards says which children this process has: each tool runs behind a guard, and each guard is a child of podtracer.
func guards() error {
	for _, file := range globbed("/proc/self/task/*/children") {
		if children, err := os.ReadFile(file); err == nil && len(bytes.TrimSpace(children)) > 0 {
			return fmt.Errorf("processes that are left: %s", children)
		}
	}
	return nil
}
