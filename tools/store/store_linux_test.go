package store

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

	"github.com/fennec-project/podtracer/internal/eventually"
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
	if _, err := Open(data, save.Maker{}).Save(t.Context(), "left2", save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")}); err != nil {
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
		eventually.Nil(t, patience, func() error { return started(data) })
		time.Sleep(time.Duration(i) * took / 12) // from at once to some saves later
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // the error says that it was killed
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

// saveForever is the main function of the process that is killed.
func saveForever(t *testing.T) {
	data, out, _ := strings.Cut(os.Getenv(saverVariable), ":")
	if err := os.WriteFile(filepath.Join(data, "started"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := Open(data, save.Maker{})
	for {
		if _, err := store.Save(t.Context(), "left2", save.Target{Path: out, Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// leaveCapture makes a session with a capture, as a podtracer that was killed leaves it, and returns the capture.
func leaveCapture(t *testing.T, data string, packets int) []byte {
	t.Helper()
	stream := pcaptest.Stream(packets)
	leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump", "-n"}, Created: time.Now(), Capture: true}, stream)
	return stream
}

func TestASaveIsGivenUpWhenNobodyWantsItAnyMore(t *testing.T) {
	data := t.TempDir()
	leaveCapture(t, data, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		out := t.TempDir() + "/" + name
		if _, err := Open(data, save.Maker{}).Save(ctx, "left2", save.Target{Path: out}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there", name)
		}
	}
}
