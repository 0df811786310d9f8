package tools

import (
	"os"
	"testing"
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
	os.Exit(m.Run())
}
