//go:build unix

package owndir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAFileThatHasAnotherNameIsOursOnlyWhereNobodyElseCanHaveNamedIt gives root's own file a second name, as anybody can if the kernel does
// not forbid it (fs.protected_hardlinks).
func TestAFileThatHasAnotherNameIsOursOnlyWhereNobodyElseCanHaveNamedIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		mode  os.FileMode
		taken bool
	}{
		{"nobody else can put anything there", 0o755, true},
		{"everybody can", 0o777 | os.ModeSticky, false},
		{"a group can", 0o770 | os.ModeSticky, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := t.TempDir()
			dir, victim := filepath.Join(base, "dir"), filepath.Join(base, "victim")
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, c.mode))
			must(t, os.WriteFile(victim, []byte("precious"), 0o600))
			must(t, os.Link(victim, filepath.Join(dir, "history")))
			d, err := Open(dir)
			must(t, err)
			defer d.Close()
			for what, flags := range map[string]int{"read": unix.O_RDONLY, "append": unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT} {
				f, err := d.OpenFile("history", flags)
				if err == nil {
					must(t, f.Close())
				}
				if c.taken != (err == nil) || err != nil && !errors.Is(err, ErrUnsafe) {
					t.Errorf("to %s: %v", what, err)
				}
			}
			own, err := d.Create("own")
			must(t, err)
			must(t, own.Close())
			if f, err := d.OpenFile("own", unix.O_RDWR); err != nil {
				t.Errorf("one of our own: %v", err)
			} else {
				must(t, f.Close())
			}
		})
	}
}
