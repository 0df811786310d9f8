package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// A script that runs podtracer each second is told once a day what it was told already, and at once what is new.
func TestWhatWasLeftIsNewsOnceADayAndWhenThereIsMore(t *testing.T) {
	data, now := t.TempDir(), time.Now()
	news := func() int {
		t.Helper()
		d, err := Begin(data)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close(nil) }()
		return d.LeftNews(now)
	}
	expect := func(when string, want int) {
		t.Helper()
		if got := news(); got != want {
			t.Errorf("%s: %d are news, want %d", when, got, want)
		}
	}
	expect("nothing was left", 0)
	leaveRun(t, data, "left2", report.Record{Argv: []string{"ss"}, Created: now}, []byte("x"))
	expect("one was left", 1)
	expect("it is known", 0)
	leaveRun(t, data, "left3", report.Record{Argv: []string{"ss"}, Created: now}, []byte("x"))
	expect("there is another one", 2)
	if err := os.RemoveAll(filepath.Join(data, sessionsName, "left2")); err != nil {
		t.Fatal(err)
	}
	expect("one was removed", 0)
	leaveRun(t, data, "left4", report.Record{Argv: []string{"ss"}, Created: now}, []byte("x"))
	expect("there is another one again", 2)
	now = now.Add(25 * time.Hour)
	expect("the next day", 2)
	now = now.Add(-time.Hour * 24 * 365)
	expect("the clock was wrong", 2)
	expect("it is known", 0)
	if err := os.WriteFile(filepath.Join(data, told), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("somebody wrote into the file", 2)
	all, err := Open(data, save.Maker{}).List()
	if err != nil || len(all) != 2 {
		t.Errorf("listed are %v, %v", all, err)
	}
	for _, left := range []string{"left3", "left4"} {
		if err := os.RemoveAll(filepath.Join(data, sessionsName, left)); err != nil {
			t.Fatal(err)
		}
	}
	expect("all were removed", 0)
	if _, err := os.Stat(filepath.Join(data, told)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data directory is not empty: %v", err)
	}
}
