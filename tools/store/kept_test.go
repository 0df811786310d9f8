package store

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

func TestARunThatWasLeftIsReadUpToItsLastWholePacket(t *testing.T) {
	stream := pcaptest.Stream(10)
	for name, tail := range map[string][]byte{
		"it ends behind a packet":                        nil,
		"it ends in the head of a packet":                {1, 2, 3},
		"it ends in a packet":                            append(binary.LittleEndian.AppendUint32(make([]byte, 8), 1000), make([]byte, 10)...),
		"its last blocks were never written to the disk": make([]byte, 5000),
		"something else stands behind the last packet":   bytes.Repeat([]byte{0xff}, 100),
	} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			leaveRun(t, data, "left2", report.Record{
				Pod: k8s.Pod{Namespace: "shop", Name: "cart"}, Argv: []string{"tcpdump"}, Capture: true,
			}, append(slices.Clone(stream), tail...))
			store := Open(data, save.Maker{})
			list, err := store.List()
			if err != nil || len(list) != 1 || list[0].Packets != 10 || list[0].ID != "left2-1" || list[0].Kind != Left {
				t.Fatalf("%+v, %v", list, err)
			}
			out := filepath.Join(t.TempDir(), "x.pcap")
			saved, err := store.Save(t.Context(), "lef", save.Target{Path: out})
			if err != nil || saved.Packets != 10 || saved.Verdict.String() == "complete" {
				t.Errorf("%+v, %v", saved, err)
			}
			if got, _ := os.ReadFile(out); !bytes.Equal(got, stream) {
				t.Errorf("%d bytes were saved, want %d", len(got), len(stream))
			}
			if broke := bytes.HasPrefix(tail, []byte{0xff}); broke != (saved.Stream != nil) {
				t.Errorf("beside it: %+v", saved.Stream)
			} else if broke {
				if got, err := os.ReadFile(saved.Stream.Path); err != nil || !bytes.Equal(got, append(slices.Clone(stream), tail...)) {
					t.Errorf("%d bytes are kept beside it, %v", len(got), err)
				}
				if err := store.Remove(filepath.Base(saved.Stream.Path)); err != nil {
					t.Error(err)
				}
			}
			if err := store.Remove("left2-1"); err != nil {
				t.Error(err)
			}
			if list, err := store.List(); len(list) > 0 || err != nil {
				t.Errorf("still there: %+v, %v", list, err)
			}
		})
	}
}

func TestTextOfAPodtracerThatWasKilledIsNotTakenForAllThereWas(t *testing.T) {
	began := time.Now()
	for name, record := range map[string]report.Record{
		"while it ran":      {Argv: []string{"ping", "web"}, Created: began, Began: began},
		"before it started": {Argv: []string{"ping", "web"}, Created: began},
	} {
		data := t.TempDir()
		leaveRun(t, data, "left2", record, []byte("PING web (10.0.0.1)\n64 by"))
		saved, err := Open(data, save.Maker{}).Save(t.Context(), "left2-1", save.Target{Path: filepath.Join(t.TempDir(), "x.txt")})
		if err != nil || saved.Bytes != 25 || !strings.HasPrefix(saved.Verdict.String(), "INCOMPLETE: podtracer was killed") {
			t.Errorf("%s: got %+v, %v", name, saved, err)
		}
	}
}

func TestARunThatHasEndedAndWhoseSpoolHasLostPacketsSinceIsNotComplete(t *testing.T) {
	stream := pcaptest.Stream(10)
	for _, c := range []struct {
		name    string
		spool   []byte
		verdict string
	}{
		{"all of it is there", stream, "complete"},
		{"the last packet is cut", stream[:len(stream)-1], "INCOMPLETE: 1 missing from the spool"},
		{"only its head is there", stream[:24], "INCOMPLETE: 10 missing from the spool"},
		{"its last blocks were never written to the disk", append(slices.Clone(stream[:24]), make([]byte, len(stream)-24)...), "INCOMPLETE: 10 missing from the spool"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, now := t.TempDir(), time.Now()
			leaveRun(t, data, "left2", report.Record{
				Pod: k8s.Pod{Namespace: "shop", Name: "cart"}, Argv: []string{"tcpdump"}, Capture: true, Created: now, Began: now, Ended: now,
				Packets: 12, Counters: report.Counters{Known: true, AgedOut: 2},
			}, c.spool)
			saved, err := Open(data, save.Maker{}).Save(t.Context(), "left2-1", save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")})
			if err != nil || !strings.HasPrefix(saved.Verdict.String(), c.verdict) {
				t.Errorf("got %+v, %v", saved, err)
			}
		})
	}
}

// The packets say nothing of text, nor of what follows them where a capture broke.
func TestARunThatHasEndedAndWhoseSpoolHasLostBytesSinceIsNotComplete(t *testing.T) {
	now, stream := time.Now(), append(pcaptest.Stream(3), bytes.Repeat([]byte{0xff}, 100)...)
	text := report.Record{Argv: []string{"ss"}, Created: now, Began: now, Ended: now, Bytes: 14}
	older, killed := text, text
	older.Bytes, killed.Ended = 0, time.Time{}
	broken := report.Record{
		Argv: []string{"tcpdump"}, Capture: true, Created: now, Began: now, Ended: now, Packets: 3, Bytes: int64(len(stream)), Counters: report.Counters{Known: true},
	}
	for _, c := range []struct {
		name             string
		record           report.Record
		spool            []byte
		missing, verdict string
	}{
		{"all of it is there", text, []byte("two lines\nmore"), "", ""},
		{"its last bytes are cut off", text, []byte("two lines\n"), "4 bytes missing from the spool", "INCOMPLETE: 4 bytes missing from the spool"},
		{"all of it is cut off", text, nil, "14 bytes missing from the spool", "INCOMPLETE: 14 bytes missing from the spool"},
		{"an older podtracer did not count", older, []byte("two lines\n"), "", ""},
		{"it was killed", killed, []byte("two lines\n"), "", "INCOMPLETE: podtracer was killed"},
		{"behind its packets", broken, stream[:len(stream)-1], "1 byte missing from the spool", "INCOMPLETE: 1 byte missing from the spool"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := t.TempDir()
			leaveRun(t, data, "left2", c.record, c.spool)
			later, err := Begin(data) // an earlier podtracer's session that holds nothing is removed
			if err != nil {
				t.Fatal(err)
			}
			if err := later.Close(nil); err != nil {
				t.Fatal(err)
			}
			store := Open(data, save.Maker{})
			list, err := store.List()
			if err != nil || len(list) != 1 || list[0].Missing != c.missing || list[0].Bytes != int64(len(c.spool)) {
				t.Fatalf("%+v, %v", list, err)
			}
			saved, err := store.Save(t.Context(), "left2-1", save.Target{Path: filepath.Join(t.TempDir(), "x.txt")})
			if verdict := saved.Verdict.String(); err != nil || !strings.HasPrefix(verdict, c.verdict) || c.verdict == "" && verdict != "" {
				t.Errorf("saved %+v, %v", saved, err)
			}
			held, err := store.Hold("left2-1")
			if err != nil {
				t.Fatal(err)
			}
			if verdict := held.Record.Verdict().String(); !strings.HasPrefix(verdict, c.verdict) {
				t.Errorf("held as %q", verdict)
			}
			held.LetGo()
			if err := store.Remove("left2-1"); err != nil {
				t.Error(err)
			}
		})
	}
}

// It has no file that could be saved, and its packets were there.
func TestOfACaptureThatHasLostAllIsSaidWhatIsMissing(t *testing.T) {
	data, now := t.TempDir(), time.Now()
	leaveRun(t, data, "left2", report.Record{Argv: []string{"tcpdump"}, Capture: true, Created: now, Began: now, Ended: now, Packets: 7, Bytes: 700}, nil)
	_, err := Open(data, save.Maker{}).Save(t.Context(), "left2-1", save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")})
	if want := "INCOMPLETE: 7 missing from the spool"; hint.Of(err) != want {
		t.Errorf("%v, hint %q", err, hint.Of(err))
	}
}
