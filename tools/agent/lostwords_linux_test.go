package agent

import (
	"context"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/store"
)

// What tcpdump has said in the helper is known also when the podtracer was lost that it said it to.
func TestTheCountersOfALostCaptureAreThoseThatItsToolHasTold(t *testing.T) {
	const begin, end = "tcpdump: listening on eth0, link-type EN10MB\n", "32 packets captured\n36 packets received by filter\n2 packets dropped by kernel\n"
	for name, c := range map[string]struct {
		said   string
		known  bool
		device string
	}{
		"all of it":            {begin + end, true, "eth0"},
		"behind much else":     {begin + strings.Repeat("a warning\n", 300_000) + end, true, "eth0"},
		"killed before that":   {begin, false, "eth0"},
		"of another tool":      {"nothing to see\n", false, ""},
		"nothing was said":     {"", false, ""},
		"an answer in passing": {begin + "tcpdump: 5 packets captured, 6 packets received by filter, 1 packet dropped by kernel\n" + end, true, "eth0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := store.Begin(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = dir.Close(nil) }() // it goes with the test's directory
			said, err := newTape(dir, &budget{most: 1 << 30}, 1, func() {})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := said.Write([]byte(c.said)); err != nil {
				t.Fatal(err)
			}
			said.finish()
			defer said.remove()
			told := (&run{err: said, kept: context.Background()}).told()
			if told.Device != c.device || told.Counters.Known != c.known || c.known && (told.Counters.Received != 36 || told.Counters.KernelDropped != 2) {
				t.Errorf("%+v", told)
			}
			losses := lostWith(told.Counters)
			drops := len(losses) == 2 && losses[1].Kind == report.LostInKernel && losses[1].Count == 2
			if unknown := strings.Contains(losses[0].Detail, "the drops are not known"); unknown == c.known || drops != c.known {
				t.Errorf("%+v", losses)
			}
		})
	}
	if told := (&run{}).told(); told.Counters.Known || told.Device != "" {
		t.Errorf("of a tool with one stream: %+v", told)
	}
}
