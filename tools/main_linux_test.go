package tools

import (
	"os"
	"testing"
)

// victimEnv is set, to a data directory, for the process that is a podtracer to be killed. Its tools inherit it.
const victimEnv = "PODTRACER_TEST_VICTIM"

func TestMain(m *testing.M) {
	if data := os.Getenv(victimEnv); data != "" {
		victim(data)
	}
	// The guards are this test binary. With -race each would sleep for a second before it ends.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
