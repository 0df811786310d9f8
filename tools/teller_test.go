package tools

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/report"
)

// tell gives a teller a text in pieces, and returns what it passes on and what it learns.
func tell(text string, piece int) (passed string, c report.Counters, held int) {
	var to bytes.Buffer
	r := &run{}
	teller := &teller{run: r, to: &to}
	for len(text) > 0 {
		n := min(piece, len(text))
		_, _ = teller.Write([]byte(text[:n]))
		held = max(held, cap(teller.partial))
		text = text[n:]
	}
	teller.flush()
	teller.release()
	state, _ := r.state.Get()
	return to.String(), state.Counters, held
}

func TestWhatACaptureSaysIsPassedOnWholeAndHeldOnlyAsLongAsItMayBeACounter(t *testing.T) {
	const counted = "7 packets received by filter\n"
	long := strings.Repeat("x", 3<<20)
	for name, text := range map[string]string{
		"lines":                            "tcpdump: listening\nand more\n",
		"a line without an end":            "tcpdump: list",
		"a line of megabytes":              long + "\nand more\n",
		"one that never ends":              long,
		"one as long as is looked at":      long[:longestTold-1] + "\n",
		"one that is longer by a byte":     long[:longestTold] + "\nand more\n",
		"empty lines":                      "\n\n\n",
		"lines behind one of megabytes":    "a\n" + long + "\n" + long + "\nb\n",
		"a counter in a line of megabytes": long + counted,
	} {
		t.Run(name, func(t *testing.T) {
			for _, piece := range []int{1 << 20, 4096, 4095, 7, 1} {
				if piece < 100 && len(text) > 1<<20 {
					continue
				}
				passed, counters, held := tell(text+"\n"+counted, piece)
				if passed != text+"\n"+counted {
					t.Errorf("by %d: %d bytes of %d were passed on", piece, len(passed), len(text)+1+len(counted))
				}
				if counters.Received != 7 {
					t.Errorf("by %d: the counters behind it were not understood: %+v", piece, counters)
				}
				if held > 2*longestTold {
					t.Errorf("by %d: %d bytes were held", piece, held)
				}
			}
		})
	}
}

func BenchmarkAStandardErrorWithoutALineBreak(b *testing.B) {
	piece := bytes.Repeat([]byte{'x'}, 4096)
	for b.Loop() {
		teller := &teller{run: &run{}, to: io.Discard}
		for range 300 << 20 / len(piece) {
			_, _ = teller.Write(piece)
		}
		teller.flush()
	}
}
