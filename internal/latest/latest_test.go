package latest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestNextReturnsAtOnceWhatIsNewerThanSeen(t *testing.T) {
	var v Value[string]
	v.Set("a")
	v.Set("b")
	got, version, err := v.Next(t.Context(), 1)
	if got != "b" || version != 2 || err != nil {
		t.Fatalf("got %q, %d, %v; want b, 2, nil", got, version, err)
	}
}

func TestASlowReaderSkipsVersionsAndEndsOnTheNewest(t *testing.T) {
	var v Value[int]
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 1; i <= 1000; i++ {
			v.Set(i)
		}
	})
	var seen uint64
	last := 0
	for last < 1000 {
		got, version, err := v.Next(t.Context(), seen)
		if err != nil || got <= last {
			t.Fatalf("after %d got %d, %v", last, got, err)
		}
		last, seen = got, version
		time.Sleep(time.Microsecond)
	}
	wg.Wait()
}

func TestNextEndsWithItsContext(t *testing.T) {
	var v Value[int]
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, _, err := v.Next(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestEveryWaitingReaderIsWoken(t *testing.T) {
	var v Value[int]
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if got, _, err := v.Next(t.Context(), 0); got != 7 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	time.Sleep(5 * time.Millisecond)
	v.Set(7)
	wg.Wait()
}

func TestUpdatesFromManyWritersAreNotLost(t *testing.T) {
	var v Value[int]
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 100 {
				v.Update(func(n int) int { return n + 1 })
			}
		})
	}
	wg.Wait()
	if got, version := v.Get(); got != 2000 || version != 2000 {
		t.Fatalf("got %d at version %d", got, version)
	}
}
