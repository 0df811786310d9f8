// Package eventually waits, in tests, for what has no event to wait for: the state of the system outside of this process.
package eventually

import (
	"testing"
	"time"
)

// Nil waits until a check has nothing to say any more, for at most so long, and returns how long it took. Else the test fails with
// what it said last.
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
