// Package eventually lets tests wait for states that have no event: those of the system outside the process.
package eventually

import (
	"testing"
	"time"
)

// Nil calls check until it returns nil, for at most atMost, and returns how long that took. If the time is up, it fails the test with the
// last error.
func Nil(t testing.TB, atMost time.Duration, check func() error) (took time.Duration) {
	t.Helper()
	const look = 20 * time.Millisecond
	for begun := time.Now(); ; time.Sleep(look) {
		err := check()
		took = time.Since(begun)
		if err == nil {
			return took
		}
		if took > atMost {
			t.Fatalf("after %v still: %v", took.Round(time.Millisecond), err)
		}
	}
}
