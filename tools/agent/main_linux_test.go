package agent

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// The guards are this test binary. With -race each would sleep for a second before it ends.
	if err := os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
