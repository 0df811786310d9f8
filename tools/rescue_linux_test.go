package tools

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

// recorder is a launcher whose tool writes a given output.
type recorder struct {
	onThisNode
	output []byte
}

func (r recorder) Launch(_ context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	if f, err := s.Stdout.(launch.Direct).File(); f != nil || err != nil {
		_, errWrite := f.Write(r.output)
		return launch.Exit{}, errors.Join(err, errWrite, f.Close())
	}
	_, _ = s.Stdout.Write(r.output)
	return launch.Exit{}, nil
}

// recordedIn returns a node with a data directory, whose tools write output.
func recordedIn(t *testing.T, data string, output []byte) *node {
	t.Helper()
	runs, err := NewRuns(context.Background(), Deps{Launcher: recorder{output: output}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	return &node{Runs: runs, data: data}
}

func (n *node) rescue(t *testing.T, id RunID, wanted string) save.File {
	t.Helper()
	saved, err := n.Rescue(t.Context(), id, save.Target{Path: wanted})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestARescueHasANameOfItsOwnAndTakesNoRoomWhereALinkWillDo(t *testing.T) {
	stream := pcaptest.Stream(50)
	n := recordedIn(t, t.TempDir(), stream)
	defer func() { closeInTime(t, n.Runs) }()
	capture := Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}}
	names := map[string]bool{}
	for range 3 { // within one second, or nearly
		for _, c := range []struct {
			request           Request
			wanted, extension string
			linked            bool
		}{
			{capture, "/x/y.pcap", ".pcap", true},
			{capture, "/x/y.pcapng", ".pcapng", false},
			{Request{Pod: shop, Argv: []string{"tcpdump"}}, "/x/y.txt", ".txt", true},
		} {
			id := n.start(t, c.request)
			n.wait(t, id)
			kept, err := os.Stat(n.dir.Session().Join(store.SpoolName(int(id))))
			if err != nil {
				t.Fatal(err)
			}
			saved := n.rescue(t, id, c.wanted)
			info, err := os.Stat(saved.Path)
			if err != nil || names[saved.Path] || filepath.Dir(saved.Path) != n.data || filepath.Ext(saved.Path) != c.extension {
				t.Errorf("%+v: %v", saved, err)
				continue
			}
			names[saved.Path] = true
			if os.SameFile(info, kept) != c.linked || info.Size() != saved.Bytes || info.Mode() != 0o600 {
				t.Errorf("linked: %v, %v, %+v", os.SameFile(info, kept), info.Mode(), saved)
			}
			if c.linked && readAll(t, saved.Path) != string(stream) {
				t.Errorf("%s is not what the tool wrote", saved.Path)
			}
			if c.request.Argv[0] == capture.Argv[0] && len(c.request.Argv) > 1 && (saved.Packets != 50 || !strings.HasPrefix(saved.Verdict.String(), "complete")) {
				t.Errorf("got %+v", saved)
			}
		}
	}
	if len(names) != 9 {
		t.Errorf("there are %d files", len(names))
	}
}

func TestARescueNeverHasABrokenPacketAtItsEnd(t *testing.T) {
	stream := pcaptest.Stream(50)
	n := recordedIn(t, t.TempDir(), stream[:len(stream)-5])
	defer func() { closeInTime(t, n.Runs) }()
	id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}})
	n.wait(t, id)
	saved := n.rescue(t, id, "/x/y.pcap")
	if saved.Packets != 49 || !bytes.HasPrefix(stream, []byte(readAll(t, saved.Path))) || strings.HasPrefix(saved.Verdict.String(), "complete") {
		t.Errorf("got %+v", saved)
	}
}

// modified returns a stream in a variant of pcap that cannot be converted to pcapng.
func modified(packets int) []byte {
	stream := pcaptest.Stream(packets)
	copy(stream, []byte{0x34, 0xcd, 0xb2, 0xa1})
	return stream
}

func TestWhatCannotBeSavedAtAllStaysInTheStore(t *testing.T) {
	for _, c := range []struct {
		name   string
		output []byte
		fill   bool
	}{
		{"the disk is full, and the stream does not end with a packet", append(pcaptest.Stream(2000), 1, 2, 3), true},
		{"it is kept as well as it came, whatever its format", modified(20), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := tmpfs(t, "size=8m")
			n := recordedIn(t, data, c.output)
			id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-w", "-"}, Limits: Limits{MinFree: -1}})
			n.wait(t, id)
			if c.fill {
				_ = os.WriteFile(filepath.Join(data, "big"), make([]byte, 8<<20), 0o600) // as much of the file as fits
			}
			saved, err := n.Rescue(t.Context(), id, save.Target{Path: "/x/y.pcapng"})
			if !c.fill {
				if err != nil || filepath.Ext(saved.Path) != ".raw" || readAll(t, saved.Path) != string(c.output) {
					t.Errorf("got %+v, %v", saved, err)
				}
				closeInTime(t, n.Runs)
				return
			}
			if err == nil {
				t.Fatalf("it was saved: %+v", saved)
			}
			kept, err := n.Keep(id)
			if err != nil {
				t.Fatal(err)
			}
			closeInTime(t, n.Runs)
			if err := os.Remove(filepath.Join(data, "big")); err != nil {
				t.Fatal(err)
			}
			store := store.Open(data, save.Maker{})
			out := filepath.Join(t.TempDir(), "x.pcap")
			if saved, err := store.Save(t.Context(), kept, save.Target{Path: out}); err != nil || saved.Packets != 2000 {
				t.Errorf("got %+v, %v", saved, err)
			}
			if err := store.Remove(kept); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAStreamThatIsNoCaptureIsRescuedAndKeptByAnEndThatNobodyChose(t *testing.T) {
	const output = "63 bytes that are mine"
	n := recordedIn(t, t.TempDir(), []byte(output))
	request := Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}}
	rescued, left := n.start(t, request), n.start(t, request)
	n.wait(t, rescued)
	n.wait(t, left)
	saved := n.rescue(t, rescued, "/x/y.pcapng")
	if filepath.Ext(saved.Path) != ".raw" || readAll(t, saved.Path) != output || !strings.HasPrefix(saved.Verdict.String(), "INCOMPLETE") {
		t.Errorf("got %+v", saved)
	}
	if kept, err := n.Leave(); kept != 1 || err != nil {
		t.Errorf("%d were kept, %v", kept, err)
	}
	list, err := store.Open(n.data, save.Maker{}).List()
	if err != nil || len(list) != 2 || list[0].Bytes != int64(len(output)) {
		t.Errorf("got %+v, %v", list, err)
	}
}

// A run whose directory was removed while podtracer ran must not be called kept: a person would look for it in vain instead of saving
// it elsewhere.
func TestNothingIsCalledKeptThatTheStoreHasNotGot(t *testing.T) {
	for name, take := range map[string]func(data string) error{
		"the directory is removed": os.RemoveAll,
		"the directory is moved":   func(data string) error { return os.Rename(data, data+"-elsewhere") },
		"the sessions are removed": func(data string) error { return os.RemoveAll(filepath.Join(data, "sessions")) },
		"the spools are removed": func(data string) error {
			var errs []error
			for _, spool := range globbed(data + "/sessions/*/*.spool*") {
				errs = append(errs, os.Remove(spool))
			}
			return errors.Join(errs...)
		},
	} {
		for _, ring := range []Ring{{}, {Size: 64 << 20}} {
			t.Run(name, func(t *testing.T) {
				data := filepath.Join(t.TempDir(), "data")
				n := recordedIn(t, data, pcaptest.Stream(50))
				id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: ring})
				n.wait(t, id)
				if err := take(data); err != nil {
					t.Fatal(err)
				}
				if kept, err := n.Keep(id); err == nil || !strings.Contains(err.Error(), data) {
					t.Errorf("Keep returned %q, %v", kept, err)
				}
				if kept, err := n.Leave(); kept != 0 || err == nil || !strings.Contains(err.Error(), "is lost") {
					t.Errorf("%d were kept, %v", kept, err)
				}
			})
		}
	}
}

// A spool that cannot be linked, because it is one of several files or its run goes on, is copied.
func TestWhatHasNotTheFormThatWasAskedForIsKeptAsItCameHoweverItIsStored(t *testing.T) {
	for name, ring := range map[string]Ring{"in a file": {}, "in a ring": {Size: 64 << 20}} {
		t.Run(name, func(t *testing.T) {
			n := recordedIn(t, t.TempDir(), modified(20))
			defer func() { closeInTime(t, n.Runs) }()
			id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Ring: ring})
			n.wait(t, id)
			for _, wanted := range []string{"x.pcapng", "x.pcap"} {
				if _, err := n.Save(t.Context(), id, save.Target{Path: filepath.Join(t.TempDir(), wanted)}); !errors.Is(err, save.ErrForm) {
					t.Errorf("%s: got %v", wanted, err)
				}
				if saved := n.rescue(t, id, wanted); filepath.Ext(saved.Path) != ".raw" || readAll(t, saved.Path) != string(modified(20)) {
					t.Errorf("%s: got %+v", wanted, saved)
				}
			}
		})
	}
}
