package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// FuzzKept looks for a label and a spool that make podtracer panic, list packets that do not exist, or save something that is not a
// capture as one.
func FuzzKept(f *testing.F) {
	const whole = `{"Namespace":"shop","Pod":"cart","UID":"u","Node":"n","Argv":["tcpdump"],"Created":"2026-11-22T08:15:00Z","Capture":true,` +
		`"Began":"2026-11-22T08:15:00Z","Ended":"2026-11-22T08:16:00Z","Counters":{"Known":true},"Losses":[{"Kind":"kernel-drops","Count":-1}]}`
	for _, text := range []string{"", "{}", "null", "[]", whole, strings.Replace(whole, `["tcpdump"]`, "null", 1), strings.Replace(whole, "true", "false", 1)} {
		f.Add([]byte(text), pcaptest.Stream(3))
		f.Add([]byte(text), bytes.Repeat([]byte{0xff}, 100))
	}
	f.Fuzz(func(t *testing.T, text, stream []byte) {
		data := t.TempDir()
		session := filepath.Join(data, "sessions", "abcd2")
		if err := os.MkdirAll(session, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"podtracer-session": nil, "1.json": text, "1.spool": stream} {
			if err := os.WriteFile(filepath.Join(session, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		store := Open(data, save.Maker{})
		all, err := store.List()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := report.Decode(text); err == nil && len(stream) > 0 && len(all) != 1 {
			t.Errorf("%d runs are listed", len(all))
		}
		for _, kept := range all {
			if kept.Bytes > int64(len(stream)) {
				t.Errorf("%+v is more than there is", kept)
			}
			saved, err := store.Save(t.Context(), kept.ID, save.Target{Path: filepath.Join(data, "x.pcap")})
			if err != nil || !kept.Capture {
				continue
			}
			if packets, err := packetsIn(readAll(t, saved.Path)); packets != saved.Packets || !errors.Is(err, io.EOF) {
				t.Errorf("saved %+v: %d packets, %v", saved, packets, err)
			}
		}
	})
}

// packetsIn returns the number of packets in a stream, and the error after the last one: io.EOF if nothing follows it.
func packetsIn(stream string) (n int64, err error) {
	packets, err := pcap.NewReader(strings.NewReader(stream))
	for err == nil {
		if _, err = packets.Next(); err == nil {
			n++
		}
	}
	return n, err
}
