package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever is given a recording to look at opens nothing else: a watchdog begins to run when it is opened.
func TestARecordingIsAFileAndNotWhatSomebodyElsesLinkLeadsTo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make what belongs to somebody else")
	}
	const stranger = 65533 // a user of whom nobody has heard
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		os.WriteFile(path("cast"), nil, 0o600), os.Chown(path("cast"), stranger, stranger),
		os.Symlink("cast", path("own")),
		os.Symlink("cast", path("foreign")), os.Lchown(path("foreign"), stranger, stranger),
		os.Symlink("/dev/kmsg", path("device")), os.Lchown(path("device"), stranger, stranger),
		os.Symlink("/dev/null", path("null")),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"cast": "", "own": "", "foreign": "somebody else", "device": "somebody else", "null": "not a file", "nothing": "not exist",
	} {
		file, err := openRecording(path(name))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			file.Close()
		}
	}
}
