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
	os.Exit(m.Run())
}
