package tools

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/tools/tally"
)

// brokenStream has a packet before and behind a place that is none.
var brokenStream = slicesOf(streamHead, onePacket, noPacket[:100], onePacket)

// rawFiles are the whole streams in a data directory.
func rawFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.raw"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// isAllOf checks that a saved capture has the packet before the break, and that all of the stream is kept beside it in the data directory.
func isAllOf(t *testing.T, data string, saved save.File, stream []byte) {
	t.Helper()
	if saved.Packets != 1 || saved.Stream == nil || filepath.Dir(saved.Stream.Path) != data || !save.IsName(filepath.Base(saved.Stream.Path)) {
		t.Fatalf("saved %+v, beside it %+v", saved, saved.Stream)
	}
	kept, err := os.ReadFile(saved.Stream.Path)
	if err != nil || !bytes.Equal(kept, stream) || saved.Stream.Bytes != int64(len(stream)) || len(saved.Stream.SHA256) != 64 {
		t.Errorf("%d bytes of %d are kept, %v: %+v", len(kept), len(stream), err, saved.Stream)
	}
}

func TestAllOfACaptureThatBreaksIsKeptOnceBesideItsPackets(t *testing.T) {
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		n := newNode(t)
		id := n.start(t, Request{Pod: shop, Argv: writesAs(t, brokenStream, ""), Packets: true, Stderr: new(tally.Tail)})
		n.wait(t, id)
		isAllOf(t, n.data, n.save(t, id, name), brokenStream)
		isAllOf(t, n.data, n.save(t, id, name), brokenStream)
		if files := rawFiles(t, n.data); len(files) != 1 {
			t.Errorf("%s: kept %v", name, files)
		}
		if rescued := n.rescue(t, id, name); filepath.Dir(rescued.Path) != n.data {
			t.Errorf("%s: rescued to %s", name, rescued.Path)
		}
	}
}

func TestAllOfACaptureThatBreaksIsKeptBesideASet(t *testing.T) {
	n := newNode(t)
	set := n.NewSet()
	whole := n.start(t, Request{Pod: shop, Argv: writesAs(t, slicesOf(streamHead, onePacket, onePacket), ""), Packets: true, Stderr: new(tally.Tail), Set: set})
	broken := n.start(t, Request{Pod: shop, Argv: writesAs(t, brokenStream, ""), Packets: true, Stderr: new(tally.Tail), Set: set})
	n.wait(t, whole)
	n.wait(t, broken)
	to := save.Target{Path: filepath.Join(t.TempDir(), "x.pcapng"), Overwrite: true}
	for range 2 {
		saved, err := n.SaveSet(t.Context(), set, to)
		if err != nil || saved.Files[0].Packets != 3 || !cmp.Equal(saved.Runs, []RunID{whole, broken}) || saved.Parts[0].Stream != nil {
			t.Fatalf("%+v, %v", saved, err)
		}
		isAllOf(t, n.data, saved.Parts[1].File, brokenStream)
	}
	if files := rawFiles(t, n.data); len(files) != 1 {
		t.Errorf("kept %v", files)
	}
}

func TestAllOfACaptureThatBreaksIsKeptBesideWhatWasLeft(t *testing.T) {
	n := recordedIn(t, t.TempDir(), brokenStream)
	id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}})
	n.wait(t, id)
	kept, err := n.Keep(id)
	if err != nil {
		t.Fatal(err)
	}
	closeInTime(t, n.Runs)
	saved, err := store.Open(n.data, save.Maker{}).Save(t.Context(), kept, save.Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
	if err != nil {
		t.Fatal(err)
	}
	isAllOf(t, n.data, saved, brokenStream)
	if err := store.Open(n.data, save.Maker{}).Remove(kept); err != nil {
		t.Error(err)
	}
}

func TestACaptureThatEndsInTheMiddleOfAPacketOrAtALimitHasNothingBesideIt(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		stream []byte
		limits Limits
	}{
		{slicesOf(streamHead, onePacket, onePacket[:20]), Limits{}},
		{brokenStream, Limits{Packets: 1}},
		{slicesOf(streamHead, onePacket), Limits{}},
	} {
		id := n.start(t, Request{Pod: shop, Argv: writesAs(t, c.stream, ""), Packets: true, Stderr: new(tally.Tail), Limits: c.limits})
		n.wait(t, id)
		if saved := n.save(t, id, "x.pcap"); saved.Packets != 1 || saved.Stream != nil {
			t.Errorf("%+v: saved %+v", c.limits, saved)
		}
	}
	if files := rawFiles(t, n.data); len(files) != 0 {
		t.Errorf("kept %v", files)
	}
}

// A stream that cannot be kept whole is not given up: nothing is saved, and all of it is still there.
func TestACaptureThatBreaksIsNotSavedInPart(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: shop, Argv: writesAs(t, brokenStream, ""), Packets: true, Stderr: new(tally.Tail)})
	n.wait(t, id)
	to := save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")}
	data := n.data
	if err := os.Rename(data, data+"-away"); err != nil {
		t.Fatal(err)
	}
	if saved, err := n.Save(t.Context(), id, to); err == nil {
		t.Errorf("saved %+v", saved)
	}
	if _, err := os.Stat(to.Path); err == nil {
		t.Error("a part was saved")
	}
	if err := os.Rename(data+"-away", data); err != nil {
		t.Fatal(err)
	}
	saved, err := n.Save(t.Context(), id, to)
	if err != nil {
		t.Fatal(err)
	}
	isAllOf(t, data, saved, brokenStream)
	if files := rawFiles(t, data); !slices.Equal(files, []string{saved.Stream.Path}) {
		t.Errorf("kept %v", files)
	}
}
