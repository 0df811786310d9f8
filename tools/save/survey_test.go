package save

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

func TestAFileThatIsNotWhatWasWrittenIsNoticed(t *testing.T) {
	stream := pcaptest.Stream(50)
	var c spool.Content
	c.Add(bytes.NewReader(stream), 0, int64(len(stream)))
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		found, err := Recording{Content: c, Record: report.Record{Capture: true, Argv: []string{"tcpdump"}}}.write(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := found.check(t.Context(), f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		content, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		inAPacket := bytes.LastIndex(content, bytes.Repeat([]byte{49}, 8)) // the last one's data
		for _, at := range []int{inAPacket, len(content) / 2, len(content) - 20, 60} {
			changed := []byte{content[at] ^ 1}
			if _, err := f.WriteAt(changed, int64(at)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := found.check(t.Context(), f); err == nil {
				t.Errorf("%s: byte %d of %d was changed, and that is not noticed", name, at, len(content))
			}
			if _, err := f.WriteAt(content[at:at+1], int64(at)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Truncate(int64(len(content) - 500)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := found.check(t.Context(), f); err == nil {
			t.Errorf("%s: the file is too short, and that is not noticed", name)
		}
	}
}

func TestTheEndsOfATunnelAreAskedForBesideThoseInIt(t *testing.T) {
	found, err := survey(t.Context(), captured(t, "../pcap/testdata/kinds/tunnels_outer_only.pcap").Content, true)
	if want := "[10.244.1.5 10.244.2.7 10.1.0.1 10.1.0.2]"; err != nil || fmt.Sprint(found.addrs) != want {
		t.Errorf("got %v, %v, want %s", found.addrs, err, want)
	}
}
