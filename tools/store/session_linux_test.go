package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

func TestASessionThatNobodyHoldsIsSweptAndOneThatLivesIsKept(t *testing.T) {
	data := t.TempDir()
	open := func() *Dir {
		d, err := Begin(data)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	living := open()
	leaveRun(t, data, "stal2", report.Record{Argv: []string{"true"}}, nil)
	stale, session := filepath.Join(data, "sessions", "stal2"), living.Session()
	for _, file := range []string{session.Join("1.spool"), filepath.Join(data, "saved.pcap")} {
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	next := open()
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale session is still there: %v", err)
	}
	for _, kept := range []string{session.Join("1.spool"), filepath.Join(data, "saved.pcap")} {
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("swept away: %v", err)
		}
	}
	for _, dir := range []string{data + "/sessions", next.Session().Path()} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v", dir, info.Mode(), err)
		}
	}
	if err := next.Close(nil); err != nil {
		t.Error(err)
	}
	if err := session.Remove("1.spool"); err != nil {
		t.Error(err)
	}
	if err := living.Close(nil); err != nil {
		t.Error(err)
	}
	if left := globbed(data + "/sessions/*"); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestManyPodtracersMayStartAtOnceInOneDataDirectory(t *testing.T) {
	data := t.TempDir()
	var starting sync.WaitGroup
	for range 16 {
		starting.Go(func() { // ended by its loop
			for range 20 {
				d, err := Begin(data)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := spool.New(d.Session(), "1.spool", spool.Kind{}); err != nil {
					t.Errorf("the session was removed by another podtracer: %v", err)
				}
				if err := d.Close(nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	starting.Wait()
}
