package text

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOnAFullDiskTheNewestLinesStayAndItIsSaid(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); errors.Is(err, unix.EPERM) {
		t.Skip("this test mounts a small disk, which is refused here")
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }() // lazy, because the files of the text are still open
	l := textIn(t, dir)
	line := strings.Repeat("x", 99)
	const all = 20_000
	for range all {
		l.addTexts(line)
	}
	got := allOf(l)
	said := slices.DeleteFunc(slices.Clone(got), func(line Line) bool { return !line.Note })
	if len(said) != 1 || !strings.HasPrefix(said[0].Text, "podtracer: only the newest 16 MiB of its text are kept from here on") ||
		!strings.HasSuffix(said[0].Text, "no space left on device") {
		t.Errorf("it says %+v", said)
	}
	if len(got) != all+1 || l.log.onDisk() < 1<<19 {
		t.Errorf("got %d lines, and %d bytes on the disk", len(got), l.log.onDisk())
	}
	for _, line := range got {
		if !line.Note && len(line.Text) != 99 {
			t.Fatalf("line %d is %q", line.Number, line.Text)
		}
	}
}
