package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/ui/cli/verdict"
)

// captured is a capture that has ended, with these losses.
func captured(losses ...report.Loss) tools.State {
	began := time.Date(2026, 11, 22, 10, 30, 0, 0, time.Local)
	return tools.State{
		Argv: []string{"tcpdump", "-w", "-"}, Phase: tools.Ended, Began: began, Ended: began.Add(time.Minute), Capture: true,
		Bytes: 1_300_000, Packets: 1204, Counters: report.Counters{Known: true, Received: 1204}, Losses: losses,
	}
}

func drops(n int64) report.Loss {
	since := time.Date(2026, 11, 22, 10, 31, 7, 0, time.Local)
	return report.Loss{Kind: report.LostInKernel, Count: n, Since: since, Detail: "dropped by the kernel"}
}

var defaultSize = report.Loss{Kind: report.LostToSizeLimit, Detail: "cut at the default size limit of 1 GiB"}

func TestTheVerdictIsOneLineThatSaysWhatIsMissing(t *testing.T) {
	ring := captured()
	ring.Packets, ring.Bytes = 5204, 9_300_000
	ring.Ring.Size, ring.Counters.AgedOut, ring.Counters.AgedOutBytes = 8<<20, 4000, 8_000_000
	silent := captured()
	silent.Counters = report.Counters{}
	for _, c := range []struct {
		name  string
		state tools.State
		want  string
	}{
		{"complete", captured(), "complete: 1,204 packets, 1.3 MB, 0 dropped"},
		{"drops", captured(drops(412)), "INCOMPLETE: 412 dropped by the kernel since 10:31:07; 1,204 packets, 1.3 MB were kept"},
		{"two reasons", captured(drops(412), defaultSize),
			"INCOMPLETE: 412 dropped by the kernel since 10:31:07; cut at the default size limit of 1 GiB; 1,204 packets, 1.3 MB were kept"},
		{"a ring counts what it has kept", ring, "complete from where the ring begins: 4,000 packets before that aged out; 1,204 packets, 1.3 MB"},
		{"no counters", silent, "complete as far as is known: tcpdump told no counters; 1,204 packets, 1.3 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdict.Line(c.state); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestHowARunEndedIsSaidOnceAndIsTheExitStatus(t *testing.T) {
	cut := captured(defaultSize)
	cut.Cause, cut.Exit.Stopped = spool.ErrMaxSize, true
	asked := captured()
	asked.Cause, asked.Exit.Stopped, asked.Limits.Size = spool.ErrMaxSize, true, 1<<30
	text := cut
	text.Capture, text.Argv = false, []string{"yes"}
	killed := captured(report.Loss{Kind: report.LostByKill, Detail: "tcpdump did not end when asked to and was killed"})
	killed.Cause, killed.Exit.Stopped, killed.Exit.Killed = tools.ErrTimer, true, true
	for _, c := range []struct {
		name   string
		state  tools.State
		file   string
		status int
		want   string
	}{
		{"the default limit of a capture is a loss", cut, "", 74,
			"podtracer: INCOMPLETE: cut at the default size limit of 1 GiB; 1,204 packets, 1.3 MB were kept\n" +
				"  hint: --max-size 10GiB keeps more than the default of 1 GiB, --max-size none keeps all\n"},
		{"the same limit, asked for, is none", asked, "", 0,
			"podtracer: stopped: it reached its size limit\npodtracer: complete: 1,204 packets, 1.3 MB, 0 dropped\n"},
		{"the default limit of text is a loss", text, "", 74,
			"podtracer: INCOMPLETE: cut at the default size limit of 1 GiB\n" +
				"  hint: --max-size 10GiB keeps more than the default of 1 GiB, --max-size none keeps all\n"},
		{"a file that is saved has the verdict, if it is good", captured(), "x.pcap", 0, ""},
		{"… and not if it is bad", captured(drops(3)), "x.pcap", 74,
			"podtracer: INCOMPLETE: 3 dropped by the kernel since 10:31:07; 1,204 packets, 1.3 MB were kept\n  hint: to tcpdump: " +
				"-B 65536 makes its buffer larger, -s 128 takes less of each packet, a narrower filter fewer of them\n"},
		{"a tool that had to be killed", killed, "", 74,
			"podtracer: INCOMPLETE: tcpdump did not end when asked to and was killed; 1,204 packets, 1.3 MB were kept\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
			if err != nil {
				t.Fatal(err)
			}
			defer said.Close()
			r := &runOptions{options: &options{streams: Streams{Err: said}}, file: c.file}
			status := r.explain(c.state, nil)
			got, _ := os.ReadFile(said.Name())
			if string(got) != c.want || status != c.status {
				t.Errorf("status %d, want %d\ngot  %q\nwant %q", status, c.status, got, c.want)
			}
		})
	}
}

func TestWhatIsSavedIsSaidWithItsVerdict(t *testing.T) {
	saved := save.File{Path: "x.pcapng", Bytes: 1_300_000, Packets: 1204, SHA256: strings.Repeat("0a", 32)}
	text := captured()
	text.Capture = false
	for _, c := range []struct {
		state tools.State
		want  string
	}{
		{captured(), "saved 1,204 packets, 1.3 MB, complete, to x.pcapng, sha256 "},
		{captured(drops(1)), "saved 1,204 packets, 1.3 MB, INCOMPLETE, to x.pcapng, sha256 "},
		{text, "saved 1.3 MB to x.pcapng, sha256 "},
	} {
		if got := verdict.Saved(saved, c.state); got != c.want+saved.SHA256 {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}
