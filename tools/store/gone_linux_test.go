package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// Whoever is told that there is no such run forgets it, and deletes the pod that keeps its output.
func TestARunIsMissingOnlyIfItIsKnownToBeMissing(t *testing.T) {
	for what, spoil := range map[string]func(session string) error{
		"a session that others can write to":  func(session string) error { return os.Chmod(session, 0o770) },
		"a session of somebody else's":        func(session string) error { return os.Chown(session, 12345, 12345) },
		"a spool of somebody else's":          func(session string) error { return os.Chown(filepath.Join(session, "1.spool"), 12345, 12345) },
		"a spool in whose place there is not": func(session string) error { return replaceByDir(filepath.Join(session, "1.spool")) },
		"a session in whose place there is a link": func(session string) error {
			return errors.Join(os.Rename(session, session+".aside"), os.Symlink(session+".aside", session))
		},
	} {
		t.Run(what, func(t *testing.T) {
			data := t.TempDir()
			stream := pcaptest.Stream(10)
			leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump"}, Created: time.Now(), Capture: true}, stream)
			leaveRun(t, data, "left3", report.Record{Argv: []string{"tcpdump"}, Created: time.Now(), Capture: true}, stream)
			if err := spoil(filepath.Join(data, "sessions", "left2")); errors.Is(err, os.ErrPermission) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			kept := Open(data, save.Maker{})
			for _, id := range []string{"left2-1", "left2", "le"} {
				held, err := kept.Hold(id)
				if err == nil {
					held.LetGo()
				}
				if err == nil || errors.Is(err, ErrNotFound) || strings.Contains(err.Error(), "saved already") {
					t.Errorf("%s: %v", id, err)
				}
			}
			if _, err := kept.Spool("left2-1"); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("the spool to follow: %v", err)
			}
			if err := kept.Remove("left2-1"); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("to remove: %v", err)
			}
			if _, err := kept.List(); err == nil {
				t.Error("the list does not say that something is not in it")
			}
			if held, err := kept.Hold("left3-1"); err != nil {
				t.Errorf("the run beside it: %v", err)
			} else {
				held.LetGo()
			}
			for _, id := range []string{"left2-2", "left4-1", "other"} { // left2-2 may be there, but who looks for it is told why it is not known
				if _, err := kept.Hold(id); err == nil || !errors.Is(err, ErrNotFound) && id != "left2-2" {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
}

func replaceByDir(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }
