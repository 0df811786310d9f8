package store

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// tree describes everything below a directory: type and mode, and the content of files.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		what := entry.Type().String()
		if entry.Type().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += string(content)
		}
		all[strings.TrimPrefix(path, dir+"/")] = what
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatPodtracerDidNotMakeIsNeverRemoved(t *testing.T) {
	data := t.TempDir()
	in := func(name string) string { return filepath.Join(data, "sessions", name) }
	// A person keeps other things in a folder of that name, some of which look like podtracer's.
	for name, content := range map[string]string{
		"thesis/chapter1.tex": "all of it", "empty.txt": "", "k3x9q/notes": "mine", "k3x9q/1.json": "{}", "k3x9q/1.spool": "",
		"a2b3c/podtracer-session.txt": "", "abcde/1.spool": "", "2zzzz/sub/1.spool": "",
	} {
		writeFile(t, in(name), content)
	}
	writeFile(t, filepath.Join(data, "chapter2.txt"), "more of it")
	for _, name := range []string{"letters", "empty", "K3X9Q", "2mpty"} { // the last looks like a session, but has no marker
		if err := os.Mkdir(in(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// A session of podtracer's own, into which somebody else has put something.
	leaveRun(t, data, "mine2", report.Record{Argv: []string{"true"}}, nil)
	for _, name := range []string{"mine2/notes", "mine2/01.spool", "mine2/1.spool.x", "mine2/1.jsonx", "mine2/probe", "mine2/2.json.new"} {
		writeFile(t, in(name), "")
	}
	if err := os.Symlink(filepath.Join(data, "chapter2.txt"), in("mine2/3.spool")); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(in("mine2/4.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("thesis"), in("l2nks")); err != nil {
		t.Fatal(err)
	}
	before := tree(t, data)
	store := Open(data, save.Maker{})
	list, err := store.List()
	if len(list) != 1 || err == nil { // the error names the file in the data directory
		t.Errorf("it lists %+v, %v", list, err)
	}
	for _, name := range []string{"/mine2/3.spool", "/mine2/4.json"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	for range 2 {
		openAndClose(t, data)
	}
	for _, name := range []string{"chapter2.txt", "thesis", "k3x9q-1", "k3x9q", "mine2-1", "mine2-3", "mine2-4", "l2nks-1", "sessions", "../x", ".", ""} {
		if err := store.Remove(name); err == nil {
			t.Errorf("%q was removed", name)
		}
	}
	after := tree(t, data)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] != before[name] {
			t.Errorf("%s was %q, and is %q", name, before[name], after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d things are left, want %d", len(after), len(before))
	}
}

func TestASpoolWithoutALabelIsListedAsWhatItIsAndStaysUntilAPersonRemovesIt(t *testing.T) {
	stream := pcaptest.Stream(10)
	for _, c := range []struct {
		name, label string
		spool       []byte
		packets     int64
		extension   string
	}{
		{"the label is empty, as a machine leaves it that lost its power", "", stream, 10, ".pcapng"},
		{"the label was cut", `{"Namespace":"shop","Po`, stream, 10, ".pcapng"},
		{"the label is of something else", `[1, 2]`, stream, 10, ".pcapng"},
		{"the label is larger than any", strings.Repeat(" ", largestLabel+1), stream, 10, ".pcapng"},
		{"there is no label", "-", stream, 10, ".pcapng"},
		{"the spool is of text", "", []byte("a line\nand another"), 0, ".txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			s := leaveSession(t, data, "left2")
			defer s.close()
			writeFile(t, s.dir.Join("1.spool"), string(c.spool))
			if c.label != "-" {
				writeFile(t, s.dir.Join("1.json"), c.label)
			}
			s.close() // its podtracer has ended
			for range 2 {
				d, err := Begin(data)
				if err != nil {
					t.Fatal(err)
				}
				if d.Left() != 1 {
					t.Errorf("%d runs were found", d.Left())
				}
				if err := d.Close(nil); err != nil {
					t.Error(err)
				}
			}
			store := Open(data, save.Maker{})
			list, err := store.List()
			if err != nil || len(list) != 1 {
				t.Fatalf("got %+v, %v", list, err)
			}
			k := list[0]
			if k.ID != "left2-1" || k.Kind != Left || k.Packets != c.packets || k.Bytes != int64(len(c.spool)) || k.Argv != nil || time.Since(k.Created) > time.Hour {
				t.Errorf("got %+v", k)
			}
			saved, err := store.Save(t.Context(), k.ID, save.Target{})
			if err != nil || saved.Packets != c.packets || filepath.Ext(saved.Path) != c.extension || filepath.Dir(saved.Path) != data {
				t.Fatalf("got %+v, %v", saved, err)
			}
			if c.packets > 0 && !strings.Contains(saved.Verdict.String(), "label") {
				t.Errorf("the verdict is %q", saved.Verdict.String())
			}
			if err := store.Remove(k.ID); err != nil {
				t.Error(err)
			}
			if err := store.Remove(filepath.Base(saved.Path)); err != nil {
				t.Error(err)
			}
			if left := globbed(data + "/sessions/*"); len(left) > 0 || len(globbed(data+"/*")) != 1 {
				t.Errorf("still there: %v", left)
			}
		})
	}
}

func TestNoDeviceOrFIFOInASessionMakesAnybodyWait(t *testing.T) {
	data := t.TempDir()
	s := leaveSession(t, data, "left2")
	for _, name := range []string{"1.spool", "1.json", "2.spool.000000", "podtracer.fifo"} {
		if err := unix.Mkfifo(s.dir.Join(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mknod(s.dir.Join("3.spool"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))); err != nil { // /dev/zero
		t.Fatal(err)
	}
	writeFile(t, s.dir.Join("4.spool"), "some text")
	if err := unix.Mkfifo(s.dir.Join("4.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.close()
	openAndClose(t, data)
	store := Open(data, save.Maker{})
	if list, err := store.List(); err == nil || len(list) != 1 || list[0].ID != "left2-4" {
		t.Errorf("got %+v, %v", list, err)
	}
	if _, err := store.Save(t.Context(), "left2-4", save.Target{Path: filepath.Join(t.TempDir(), "x.txt")}); err != nil {
		t.Error(err)
	}
}

func TestASpoolThatSomebodyElseOwnsIsNamedAndNothingBesideItIsRemoved(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a file to another user")
	}
	data := t.TempDir()
	leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump"}, Capture: true}, pcaptest.Stream(5))
	session := filepath.Join(data, "sessions", "left2")
	for _, c := range []struct {
		change, back func() error
		wrong        string
	}{
		{func() error { return os.Chown(session+"/1.spool", 65534, 65534) }, func() error { return os.Chown(session+"/1.spool", 0, 0) }, session + "/1.spool"},
		{func() error { return os.Chmod(session, 0o770) }, func() error { return os.Chmod(session, 0o700) }, session},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		openAndClose(t, data)
		if _, err := Open(data, save.Maker{}).List(); err == nil || !strings.Contains(err.Error(), c.wrong+" ") {
			t.Errorf("%v does not name %s", err, c.wrong)
		}
		if err := c.back(); err != nil {
			t.Fatal(err)
		}
		if list, err := Open(data, save.Maker{}).List(); err != nil || len(list) != 1 || list[0].Packets != 5 {
			t.Errorf("got %+v, %v", list, err)
		}
	}
}

func TestWhatDoesNotBeginLikeACaptureIsSavedAsTheToolWroteIt(t *testing.T) {
	stream := pcaptest.Stream(5)
	for _, c := range []struct {
		name    string
		spools  map[string][]byte
		ring    int64
		saved   string // content of the saved file; "" if it is a capture of 5 packets
		refused bool   // refused as a capture
	}{
		{"text", map[string][]byte{"1.spool": []byte("63 bytes that are mine\n")}, 0, "63 bytes that are mine\n", true},
		{"a head that was cut", map[string][]byte{"1.spool": stream[:10]}, 0, string(stream[:10]), true},
		{"a ring whose oldest part is empty", map[string][]byte{"1.spool.000000": nil, "1.spool.000005": stream}, 1 << 20, "", false},
		{"a ring whose oldest part is zeros", map[string][]byte{"1.spool.000000": make([]byte, 4096), "1.spool.000005": stream}, 1 << 20, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, out := t.TempDir(), t.TempDir()
			s := leaveSession(t, data, "left2")
			defer s.close()
			if err := writeLabel(s.dir, "1.spool", report.Record{Argv: []string{"tcpdump"}, Created: time.Now(), Capture: true, Ring: c.ring}); err != nil {
				t.Fatal(err)
			}
			for name, content := range c.spools {
				writeFile(t, s.dir.Join(name), string(content))
			}
			s.close()
			store := Open(data, save.Maker{})
			list, err := store.List()
			if err != nil || len(list) != 1 || c.refused && list[0].Bytes != int64(len(c.saved)) {
				t.Fatalf("got %+v, %v", list, err)
			}
			_, err = store.Save(t.Context(), "left2-1", save.Target{Path: filepath.Join(out, "x.pcap")})
			if (err != nil) != c.refused || c.refused && !strings.Contains(hint.Of(err), "as the tool wrote it") {
				t.Errorf("as a capture: %v", err)
			}
			for _, path := range []string{"", filepath.Join(out, "x.bin")} {
				saved, err := store.Save(t.Context(), "left2-1", save.Target{Path: path})
				if err != nil || c.refused && readAll(t, saved.Path) != c.saved || !c.refused && saved.Packets != 5 {
					t.Errorf("%q: %+v, %v", path, saved, err)
				}
			}
		})
	}
}

// In a user namespace that does not map root, files of other users look like root's.
func TestADataDirectoryForWhoTrustsAllThatIsInItIsNobodyElses(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "shared")
	if err := errors.Join(os.Mkdir(shared, 0o700), os.Chmod(shared, 0o777|fs.ModeSticky)); err != nil {
		t.Fatal(err)
	}
	if err := MakeAlone(shared); !errors.Is(err, owndir.ErrUnsafe) || hint.Of(err) == "" {
		t.Errorf("in a directory that others can write to: %v", err)
	}
	own := filepath.Join(shared, "own")
	if err := MakeAlone(own); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("MakeAlone did not make the directory: %v, %v", info, err)
	}
}

// openAndClose acts as a podtracer that runs nothing.
func openAndClose(t *testing.T, data string) {
	t.Helper()
	d, err := Begin(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(nil); err != nil {
		t.Error(err)
	}
}
