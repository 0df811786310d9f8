package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

func contentOf(t *testing.T, h *Held) []byte {
	t.Helper()
	got, err := io.ReadAll(h.Content.Open())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWhatIsKeptIsReadByItsNameAndNothingElseIs(t *testing.T) {
	data, elsewhere := t.TempDir(), t.TempDir()
	stream := pcaptest.Stream(10)
	leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump"}, Created: time.Now(), Capture: true}, append(stream, 1, 2, 3))
	for path, text := range map[string]string{
		filepath.Join(data, "saved.txt"): "saved here", filepath.Join(elsewhere, "saved.txt"): "saved there",
		filepath.Join(data, ".hidden"): "podtracer's own", filepath.Join(elsewhere, "own.txt"): "not podtracer's",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("/etc/shadow", filepath.Join(data, "link")), os.Symlink("/etc/shadow", filepath.Join(elsewhere, "link")),
		unix.Mkfifo(filepath.Join(data, "fifo"), 0o600), unix.Mkfifo(filepath.Join(elsewhere, "fifo"), 0o600)); err != nil {
		t.Fatal(err)
	}
	kept := Open(data, save.Maker{})
	for _, path := range []string{"saved.txt", "link", "fifo", "nothing"} {
		kept.note(filepath.Join(elsewhere, path))
		kept.note(filepath.Join(elsewhere, path))
	}
	for name, want := range map[string]string{
		"left2-1": string(stream), "lef": string(stream), "saved.txt": "saved here", filepath.Join(elsewhere, "saved.txt"): "saved there",
		filepath.Join(data, "saved.txt"): "saved here",
	} {
		h, err := kept.Hold(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := contentOf(t, h); string(got) != want {
			t.Errorf("%s: got %q", name, got)
		}
		h.LetGo()
	}
	for _, name := range []string{
		"", ".", "..", "/", "link", "fifo", "sessions", ".hidden", "../" + filepath.Base(data) + "/saved.txt", "sessions/left2/1.spool",
		"left2-2", "saved.txt/", "saved.txt\x00", elsewhere, filepath.Join(elsewhere, "link"), filepath.Join(elsewhere, "fifo"),
		filepath.Join(elsewhere, "nothing"), filepath.Join(elsewhere, "own.txt"),
		filepath.Join(data, ".elsewhere"), filepath.Join(data, "sessions/left2/1.spool"), "/etc/passwd", "/proc/self/mem/x", "/dev/null", "/dev/zero",
	} {
		if h, err := kept.Hold(name); err == nil {
			t.Errorf("%q was opened", name)
			h.LetGo()
		}
	}
}

func TestARunIsReadFromAnyByteOn(t *testing.T) {
	data := t.TempDir()
	stream := pcaptest.Stream(10)
	leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump"}, Created: time.Now(), Capture: true}, stream)
	h, err := Open(data, save.Maker{}).Hold("left2-1")
	if err != nil {
		t.Fatal(err)
	}
	defer h.LetGo()
	for from := range stream {
		if got, err := io.ReadAll(h.Content.From(int64(from)).Open()); err != nil || !bytes.Equal(got, stream[from:]) {
			t.Fatalf("from %d: %d bytes, %v", from, len(got), err)
		}
	}
}

func TestARunThatIsReadIsNotRemovedAndOthersMayReadAndListIt(t *testing.T) {
	data := t.TempDir()
	leaveRun(t, data, "left2", report.Record{Argv: []string{"ss"}, Created: time.Now()}, []byte("text"))
	kept := Open(data, save.Maker{})
	first, err := kept.Hold("left2-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := kept.Hold("left2-1")
	if err != nil {
		t.Fatalf("a second reader: %v", err)
	}
	second.LetGo()
	if list, err := kept.List(); err != nil || len(list) != 1 || list[0].Kind != Left {
		t.Errorf("listed as %+v, %v", list, err)
	}
	if err := kept.Remove("left2-1"); !errors.Is(err, errInUse) {
		t.Errorf("removed: %v", err)
	}
	first.LetGo()
	if err := kept.Remove("left2-1"); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheNewestOfVeryManyFilesThatWereSavedElsewhereAreKnown(t *testing.T) {
	data := t.TempDir()
	leaveRun(t, data, "left2", report.Record{Argv: []string{"ss"}, Created: time.Now()}, []byte("text"))
	kept := Open(data, save.Maker{})
	root, _, done, err := kept.open()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	path := func(i int) string { return fmt.Sprintf("/tmp/%0200d\n.pcap", i) }
	const many = 3 * mostElsewhere / 200
	for i := range many {
		if err := noteSaved(root, path(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range map[int]bool{0: false, many - 1: true, many - 100: true} {
		if noted, err := isNoted(root, path(i)); noted != want || err != nil {
			t.Errorf("of file %d it is known: %v, %v", i, noted, err)
		}
	}
	if size, _ := root.Size(elsewhere); size > mostElsewhere+1000 {
		t.Errorf("the list has %d bytes", size)
	}
}
