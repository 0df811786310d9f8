package save

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/report"
)

func TestAFileNameIsMadeOfAKnownAlphabetAndFits(t *testing.T) {
	created := time.Date(2026, 11, 22, 9, 15, 0, 0, time.UTC)
	for _, c := range []struct{ namespace, pod, tool, want string }{
		{"shop", "cart-0.eu", "ss", "shop_cart-0.eu_ss_20261122T091500Z.txt"},
		{"../..", "../../etc/cron.d/x", "/bin/../x", "-.._-..-etc-cron.d-x_x_20261122T091500Z.txt"},
		{"", "", "", "unknown_unknown_unknown_20261122T091500Z.txt"},
		{".", "..", "...", "unknown_unknown_unknown_20261122T091500Z.txt"},
		{"a b", "$(id)`\n", "x\x00\x1b[2J", "a-b_--id---_x---2J_20261122T091500Z.txt"},
		{"shop", "пример", "my_tool", "shop_------_my-tool_20261122T091500Z.txt"},
	} {
		s := report.Record{Pod: k8s.Pod{Namespace: c.namespace, Name: c.pod}, Argv: []string{c.tool}, Created: created}
		if got := Name(s); got != c.want || !IsName(got) || !IsName(Numbered(got, 12)) || filepath.Base(got) != got {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	long := strings.Repeat("x", 300)
	s := report.Record{Pod: k8s.Pod{Namespace: long, Name: long}, Argv: []string{long}, Created: created, Capture: true}
	if got := Numbered(Name(s), 1000); len(got) > 255 || !IsName(got) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	for _, name := range []string{"thesis.txt", "a_b_c_d.txt", "a_b_20261122T091500Z.pcap", "x/a_b_c_20261122T091500Z.txt", "a_b_c_20261122T091500Z.txt~"} {
		if IsName(name) {
			t.Errorf("%q counts as a name that podtracer makes", name)
		}
	}
}

func TestTheNameOfASetIsThatOfItsFirstRunAndSaysHowManyMoreThereAre(t *testing.T) {
	created := time.Date(2026, 11, 22, 9, 15, 0, 0, time.UTC)
	of := func(names ...string) (records []report.Record) {
		for _, name := range names {
			records = append(records, report.Record{Pod: k8s.Pod{Namespace: "shop", Name: name}, Argv: []string{"tcpdump"}, Created: created, Capture: true})
		}
		return records
	}
	for want, records := range map[string][]report.Record{
		"shop_cart-0_tcpdump_20261122T091500Z.pcapng":            of("cart-0"),
		"shop_cart-0-and-2-more_tcpdump_20261122T091500Z.pcapng": of("cart-0", "cart-1", "web"),
	} {
		if got := SetName(records); got != want || !IsName(got) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	long := strings.Repeat("x", 300)
	if got := Numbered(SetName(of(long, long)), 1000); len(got) > 255-len("-link-65535") || !strings.Contains(got, "x-and-1-more_tcpdump_") || !IsName(got) {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	for _, name := range []string{"a_b_c_20261122T091500Z-raw.pcapng", "a_b_c_20261122T091500Z-2-sll2.pcapng", "a_b_c_20261122T091500Z-link-147.pcapng"} {
		if !IsName(name) {
			t.Errorf("%q does not count as a name that podtracer makes", name)
		}
	}
}
