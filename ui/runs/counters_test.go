package runs

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
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
