package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestFromTheFirstCollectionOnTheyComeTwiceAsOften(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	collectMore()
	if metrics.Read(percent); percent[0].Value.Uint64() != 100 {
		t.Errorf("before the first one it is %d", percent[0].Value.Uint64())
	}
	for end := time.Now().Add(time.Minute); percent[0].Value.Uint64() != 50; metrics.Read(percent) {
		runtime.GC()
		if time.Now().After(end) {
			t.Fatalf("it is still %d", percent[0].Value.Uint64())
		}
		time.Sleep(time.Millisecond) // the change comes from another goroutine
	}
}
