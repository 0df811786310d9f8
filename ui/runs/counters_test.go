package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestTheShapeOfTheRatesIsScaledToTheirOwnMost(t *testing.T) {
	var rates [tools.RateSeconds]tools.Rate
	if got := sparkline(rates); got != strings.Repeat(" ", tools.RateSeconds) {
		t.Errorf("no packets: %q", got)
	}
	rates[15].Packets = 1
	if got := sparkline(rates); got != strings.Repeat(" ", 15)+"█" {
		t.Errorf("one packet: %q", got)
	}
	for i := range rates {
		rates[i].Packets = int64(i) * 1_000_000
	}
	if got := sparkline(rates); got != " ▁▂▂▃▃▄▄▅▅▆▆▇▇██" {
		t.Errorf("a growing rate: %q", got)
	}
}

func TestRatesHaveUnitsAndTakeTheSamePlace(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{rateText(0), "    0/s"}, {rateText(1204), "1,204/s"}, {rateText(1_204_000), "1,204,000/s"},
		{bitsText(0), "     0 bit/s"}, {bitsText(999), "   999 bit/s"}, {bitsText(12_300), " 12.3 kbit/s"}, {bitsText(1_500_000_000), "  1.5 Gbit/s"},
		{figures.Size(256 << 20), "256 MiB"}, {figures.Size(1 << 30), "1 GiB"}, {figures.Size(100e6), "100.0 MB"}, {figures.Size(1 << 50), "1,024 TiB"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestPacketsAfterTheEndOfACompleteCaptureAreNamed(t *testing.T) {
	ended := tools.State{
		Phase: tools.Ended, Capture: true, Argv: []string{"tcpdump", "-i", "eth0", "-w", "-"}, Began: time.Now(), Packets: 16, Bytes: 1600,
		Counters: report.Counters{Known: true, Received: 18},
	}
	running, lost, dropped, all, sifted := ended, ended, ended, ended, ended
	running.Phase = tools.Running
	lost.Losses = []report.Loss{{Kind: report.LostByEnd, Count: 2, Detail: "had arrived and were not yet read"}}
	dropped.Counters.KernelDropped = 2
	all.Packets = 18
	sifted.Argv = []string{"tcpdump", "-Q", "in", "-w", "-"}
	for name, c := range map[string]struct {
		run  tools.State
		want string
	}{
		"complete": {ended, "received by filter 18, 2 after its end"}, "running": {running, "received by filter 18"},
		"lost": {lost, "received by filter 18"}, "dropped": {dropped, "received by filter 18"}, "all there": {all, "received by filter 18"},
		"some thrown away": {sifted, "received by filter 18"},
	} {
		var got string
		for _, f := range figuresOf(style.Styles{}, c.run) {
			if strings.HasPrefix(f.text, "received") {
				got = f.text
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
