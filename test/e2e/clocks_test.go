//go:build e2e

package e2e

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Both nodes of the test cluster have the clock of this machine.
func TestTheClocksOfNodesAreCompared(t *testing.T) {
	t.Parallel()
	crowded(t, "clocks", 2)
	l := newLaptop(t, "clocks", apiServer(t))
	for _, flags := range [][]string{nil, {"--align-clocks"}} {
		args := append([]string{"-l", "app=clocks", "--max-packets", "12", "-f", "clocks.pcapng", "--overwrite", "--report", "clocks.json"}, flags...)
		r := l.many(append(args, "--", "tcpdump", "-n", "-i", "lo", "icmp")...).succeeds(t)
		r.says(t, "podtracer: clocks: node")
		text, err := os.ReadFile(filepath.Join(l.dir, "clocks.json"))
		if err != nil {
			t.Fatal(err)
		}
		var report struct {
			Aligned bool
			Clocks  []struct {
				Node                        string
				AheadSeconds, WithinSeconds *float64
				Comparisons                 int
			}
		}
		if err := json.Unmarshal(text, &report); err != nil {
			t.Fatal(err)
		}
		if len(report.Clocks) != 2 || report.Aligned != (flags != nil) {
			t.Errorf("%s", text)
		}
		for _, c := range report.Clocks {
			if c.AheadSeconds == nil || math.Abs(*c.AheadSeconds) > *c.WithinSeconds || *c.WithinSeconds > 1 || c.Comparisons < 1 {
				t.Errorf("%s", text)
			}
		}
		file, err := os.ReadFile(filepath.Join(l.dir, "clocks.pcapng"))
		if err != nil {
			t.Fatal(err)
		}
		want := "the times are those of the nodes"
		if flags != nil {
			want = "the times are corrected by that"
		}
		for _, words := range []string{"clocks of the nodes, against podtracer's: node", want} {
			if !strings.Contains(string(file), words) {
				t.Errorf("%v: the file does not say %q", flags, words)
			}
		}
		command(t, "tcpdump", "-n", "-r", filepath.Join(l.dir, "clocks.pcapng")).succeeds(t).prints(t, "ICMP echo request")
	}
}
