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
