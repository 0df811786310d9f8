package spool

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAFileThatNothingComesToIsWaitedForAndItsGrowthEndsTheWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	i := idle{file: file}
	defer i.end()
	i.wait(t.Context(), time.Millisecond) // begins to watch
	if i.growth == nil {
		t.Fatal("the file is not watched")
	}
	took := func(ctx context.Context) time.Duration {
		begin := time.Now()
		i.wait(ctx, time.Minute)
		return time.Since(begin)
	}
	if d := took(t.Context()); d < mostIdle/2 {
		t.Errorf("the wait ended after %s, although nothing came", d)
	}
	if _, err := file.WriteString("before the wait"); err != nil {
		t.Fatal(err)
	}
	if d := took(t.Context()); d > mostIdle/2 {
		t.Errorf("a write before the wait was noticed only after %s", d)
	}
	time.AfterFunc(50*time.Millisecond, func() { _, _ = file.WriteString("during the wait") })
	if d := took(t.Context()); d > mostIdle/2 {
		t.Errorf("a write was noticed only after %s", d)
	}
	ctx, end := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, end)
	if d := took(ctx); d > mostIdle/2 {
		t.Errorf("the end of ctx was noticed only after %s", d)
	}
}

func TestAFileThatCannotBeWatchedIsLookedAt(t *testing.T) {
	gone, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	i := idle{file: gone}
	for range 2 {
		begin := time.Now()
		i.wait(t.Context(), time.Millisecond)
		if d := time.Since(begin); d > mostIdle/2 {
			t.Errorf("the file was not checked for %s", d)
		}
	}
	if !i.cannot {
		t.Error("a closed file is watched")
	}
}
