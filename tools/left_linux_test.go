package tools

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

func TestAPodtracerThatIsKilledWhileItSavesLeavesTheOldFileOrTheWholeNewOne(t *testing.T) {
	if os.Getenv(saverVariable) != "" {
		saveForever(t)
	}
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "x.pcap")
	capture := leaveCapture(t, data, 20_000)
	began := time.Now()
	if _, err := OpenStore(data, save.Maker{}).Save(t.Context(), "left2", save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	old := []byte("what was there before")
	whole, olds := 0, 0
	for i := range 40 {
		if err := os.WriteFile(out, old, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), saverVariable+"="+data+":"+out)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, patience, func() error { return started(data) })
		time.Sleep(time.Duration(i) * took / 12) // from at once to some saves later
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		_ = os.Remove(filepath.Join(data, "started"))
		switch got, err := os.ReadFile(out); {
		case err != nil:
			t.Fatalf("the file is gone: %v", err)
		case bytes.Equal(got, old):
			olds++
		case bytes.Equal(got, capture):
			whole++
		default:
			t.Fatalf("the file has %d bytes: neither the old one nor the whole new one, which has %d", len(got), len(capture))
		}
	}
	if olds == 0 || whole == 0 {
		t.Errorf("%d old and %d whole files: the kills did not come at every stage", olds, whole)
	}
	if drafts := globbed(filepath.Dir(out) + "/.podtracer-*"); len(drafts) > 1 { // between its two names a file is seen for an instant
		t.Errorf("drafts that were left: %v", drafts)
	}
}

const saverVariable = "PODTRACER_TEST_SAVER"

func started(data string) error {
	_, err := os.Stat(filepath.Join(data, "started"))
	return err
}

// saveForever is the process that is killed.
func saveForever(t *testing.T) {
	data, out, _ := strings.Cut(os.Getenv(saverVariable), ":")
	if err := os.WriteFile(filepath.Join(data, "started"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := OpenStore(data, save.Maker{})
	for {
		if _, err := store.Save(t.Context(), "left2", save.Target{Path: out, Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// leaveCapture makes a session as a podtracer leaves it that is killed, and returns what its capture holds.
func leaveCapture(t *testing.T, data string, packets int) []byte {
	t.Helper()
	stream := pcaptest.Stream(packets)
	leaveRun(t, data, "left2", report.Record{Pod: cart, Argv: []string{"tcpdump", "-n"}, Created: time.Now(), Capture: true}, stream)
	return stream
}

func TestWhatNobodySavedIsKeptByAnEndThatNobodyChose(t *testing.T) {
	data := t.TempDir()
	demo := newDemo(t)
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs, demo: demo, data: data}
	s := newSender(t, n, shop)
	saved, unsaved, empty := n.captureFlood(t, nil), n.captureFlood(t, nil), n.captureFlood(t, nil, "-Q", "out")
	text := n.start(t, Request{Pod: cart, Argv: []string{"echo", "x"}, Text: true})
	s.send(t, 30, 100)
	for _, id := range []RunID{saved, unsaved} {
		n.until(t, id, "packets", func(s State) bool { return s.Packets == 30 && s.Counters.Known })
	}
	for _, id := range []RunID{saved, empty, text} {
		n.stopAndWait(t, id)
	}
	n.save(t, saved, "x.pcap")
	s.send(t, 5, 100)
	n.until(t, unsaved, "packets", func(s State) bool { return s.Packets == 35 })
	left, err := n.Leave() // the unsaved one runs still
	if left != 2 || err != nil {
		t.Errorf("%d were left, %v", left, err)
	}
	store := OpenStore(data, save.Maker{})
	list, err := store.List()
	if err != nil || len(list) != 2 || list[0].Packets != 35 || list[1].Argv[0] != "echo" {
		t.Fatalf("%+v, %v", list, err)
	}
	words := filepath.Join(t.TempDir(), "x.txt")
	if _, err := store.Save(t.Context(), list[1].ID, save.Target{Path: words}); err != nil || readAll(t, words) != "x\n" {
		t.Errorf("%q, %v", readAll(t, words), err)
	}
	out := filepath.Join(t.TempDir(), "x.pcap")
	if saved, err := store.Save(t.Context(), list[0].ID, save.Target{Path: out}); err != nil || saved.Verdict.String() != "complete" || saved.Packets != 35 {
		t.Errorf("%+v, %v", saved, err)
	}
	expectNumbers(t, numbers(t, out), 0, 35)
	if err := store.Remove(list[1].ID); err != nil {
		t.Error(err)
	}
	if err := store.Remove(list[0].ID[:3]); !errors.Is(err, ErrNoRun) {
		t.Errorf("the beginning of an id is enough to remove: %v", err)
	}
	if err := store.Remove(list[0].ID); err != nil {
		t.Error(err)
	}
	if sessions := globbed(data + "/sessions/*"); len(sessions) > 0 {
		t.Errorf("still there: %v", sessions)
	}
}
