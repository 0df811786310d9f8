package detached

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// smallDisk mounts a disk of 64 KiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); errors.Is(err, syscall.EPERM) {
		t.Skip("needs the right to mount a small disk")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room of a disk, until the returned function gives it back.
func fill(t *testing.T, disk string) (giveBack func()) {
	t.Helper()
	path := filepath.Join(disk, "full")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

func TestARunThatHasFilledTheDiskSaysHowItEnded(t *testing.T) {
	disk := smallDisk(t)
	root := filepath.Join(disk, "data")
	l := begin(t, root)
	_ = fill(t, disk)
	l.MakeRoom()
	if _, err := l.Words.WriteString("podtracer: it ended\n"); err != nil {
		t.Error(err)
	}
	if err := l.End(t.Context(), About{ID: id, Began: time.Now(), Ended: time.Now(), Stands: "exit 0"}, 0, func() {}); err != nil {
		t.Error(err)
	}
	if a, err := Find(root, id); err != nil || a.Ended.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
}

// Whoever ends at once takes the output along: in a helper it is gone then.
func TestARunThatEndsOnAFullDiskSaysSoWhenThereIsRoom(t *testing.T) {
	const patience = time.Minute
	disk := smallDisk(t)
	root := filepath.Join(disk, "data")
	l := begin(t, root)
	l.MakeRoom() // which somebody else takes
	giveBack := fill(t, disk)
	about := About{ID: id, Began: time.Now(), Ended: time.Now(), Stands: "exit 0"}
	tried, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- l.End(t.Context(), about, patience, func() { close(tried) }) }() // ends when the run is forgotten
	<-tried
	if a, err := Find(root, id); err != nil || a.Over() {
		t.Fatalf("%+v, %v", a, err)
	}
	giveBack()
	eventually.Nil(t, patience, func() error {
		if a, err := Find(root, id); err != nil || a.Ended.IsZero() || a.Killed {
			return errors.Join(errors.New("it is not known how it ended"), err)
		}
		return nil
	})
	select {
	case err := <-done:
		t.Fatalf("it has not stayed: %v", err)
	default:
	}
	if err := Remove(root, id); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWhatAToolSaysIsKeptToALimitAndTheRestIsCounted(t *testing.T) {
	var kept bytes.Buffer
	h := &Heard{to: &kept, left: 10}
	for range 3 {
		if n, err := h.Write([]byte("12345678")); n != 8 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if kept.String() != "1234567812" || h.Missed() != 14 {
		t.Errorf("%q was kept, %d bytes missed", kept.String(), h.Missed())
	}
}

func TestWhatAToolSaysOnAFullDiskIsCountedAndKeptWithoutAGap(t *testing.T) {
	disk := smallDisk(t)
	l := begin(t, filepath.Join(disk, "data"))
	h := l.Hear()
	giveBack := fill(t, disk)
	if n, err := h.Write([]byte(strings.Repeat("x", 100_000))); n != 100_000 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	giveBack()
	if _, err := h.Write([]byte("later")); err != nil {
		t.Error(err)
	}
	if h.Missed() != 100_005 {
		t.Errorf("%d bytes are said to be missing", h.Missed())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
