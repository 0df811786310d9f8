package newfile

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// poorDir is a directory on a file system that knows neither files without a name nor RENAME_NOREPLACE, as NFS.
func poorDir(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a file system of FUSE everywhere")
	}
	dir := t.TempDir()
	if out, err := exec.Command("bindfs", t.TempDir(), dir).CombinedOutput(); err != nil {
		t.Skipf("this machine has no FUSE: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAFileIsMadeAndNothingReplacedWhereRenameKnowsNoFlags(t *testing.T) {
	dir := poorDir(t)
	path := filepath.Join(dir, "x")
	writes := func(text string) func(*os.File) error {
		return func(f *os.File) error {
			_, err := f.WriteString(text)
			return err
		}
	}
	if err := Write(path, false, writes("first")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, false, writes("second")); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	appeared := filepath.Join(dir, "y")
	if err := Write(appeared, false, func(*os.File) error { return os.WriteFile(appeared, []byte("theirs"), 0o600) }); !errors.Is(err, ErrExists) {
		t.Errorf("a file that has just appeared: %v", err)
	}
	if err := Write(path, true, writes("third")); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{path: "third", appeared: "theirs"} {
		if got, err := os.ReadFile(name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if all, err := os.ReadDir(dir); len(all) != 2 || err != nil {
		t.Errorf("there are %v, %v", all, err)
	}
}
