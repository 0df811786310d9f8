package save

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// captured returns a recording of a capture in a file.
func captured(t *testing.T, path string) Recording {
	t.Helper()
	stream, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := Recording{Record: report.Record{Capture: true, Argv: []string{"tcpdump"}}}
	r.Content.Add(bytes.NewReader(stream), 0, int64(len(stream)))
	return r
}

// An odd stream has fractions of more than a second, packets longer than its snapshot length, or a link type with extra information
// in its upper bits.
func TestEveryStreamOfPacketsCanBecomePcapngAndLibpcapReadsTheSameOfIt(t *testing.T) {
	streams, err := filepath.Glob("../pcap/testdata/kinds/*.pcap")
	if err != nil || len(streams) < 12 {
		t.Fatal(streams, err)
	}
	for _, stream := range streams {
		t.Run(filepath.Base(stream), func(t *testing.T) {
			saved, err := captured(t, stream).Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
			if err != nil || saved.Packets == 0 {
				t.Fatalf("got %+v, %v", saved, err)
			}
			for _, tool := range []string{"tcpdump", "tshark"} {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skip(tool + " is not installed")
				}
			}
			want := recorded(t, stream)
			shown(t, "tcpdump", "-nr", saved.Path) // it fails if it cannot read all packets
			got := shown(t, "tshark", "-n", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-r", saved.Path)
			if got != strings.Join(want, "") {
				t.Errorf("tshark reads\n%s, of\n%s", got, want)
			}
		})
	}
}

// recorded returns the times and lengths of a stream's packets, as tshark shows them.
func recorded(t *testing.T, path string) (out []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewReader(f)
	for err == nil {
		var p []byte
		if p, err = r.Next(); err == nil {
			at := r.Header().Time(p)
			out = append(out, fmt.Sprintf("%d.%09d\t%d\t%d\n", at.Unix(), at.Nanosecond(), r.Header().Length(p), len(p)-pcap.PacketHeaderLen))
		}
	}
	return out
}

// shown returns what a tool writes to its standard output.
func shown(t *testing.T, tool string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v", cmd, err)
	}
	return string(out)
}

func TestWhatIsNoStreamOfPacketsHasNoFormButItsOwn(t *testing.T) {
	var c spool.Content
	c.Add(bytes.NewReader([]byte("what a tool wrote, which is no capture")), 0, 38)
	r := Recording{Record: report.Record{Capture: true, Argv: []string{"tcpdump"}}, Content: c}
	for name, want := range map[string]bool{"x.pcapng": false, "x.pcap": false, "x.raw": true} {
		if _, err := r.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), name)}); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// namesIn returns the names in a pcapng file.
func namesIn(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewNGReader(f)
	for err == nil {
		_, err = r.Next()
	}
	return fmt.Sprint(r.Names())
}
