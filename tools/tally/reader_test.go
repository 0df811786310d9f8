package tally

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/report"
)

// newReader returns a Reader of a tool that cannot be asked, and where it puts what it learns.
func newReader(to io.Writer) (*Reader, *Told) {
	told := &Told{}
	backlog := NewBacklog(false, func(context.Context) bool { return false })
	return NewReader(to, backlog, func(t Told) { *told = t }), told
}

// tell gives a Reader a text in pieces, and returns what it passes on and what it learns.
func tell(text string, piece int) (passed string, c report.Counters, held int) {
	var to bytes.Buffer
	reader, told := newReader(&to)
	for len(text) > 0 {
		n := min(piece, len(text))
		_, _ = reader.Write([]byte(text[:n]))
		held = max(held, cap(reader.partial))
		text = text[n:]
	}
	reader.Flush()
	reader.Release()
	return to.String(), told.Counters, held
}

func TestWhatACaptureSaysIsPassedOnWholeAndHeldOnlyAsLongAsItMayBeACounter(t *testing.T) {
	const counted = "7 packets received by filter\n"
	long := strings.Repeat("x", 3<<20)
	for name, text := range map[string]string{
		"lines":                            "tcpdump: listening\nand more\n",
		"a line without an end":            "tcpdump: list",
		"a line of megabytes":              long + "\nand more\n",
		"one that never ends":              long,
		"one as long as is looked at":      long[:longestLine-1] + "\n",
		"one that is longer by a byte":     long[:longestLine] + "\nand more\n",
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
				if held > 2*longestLine {
					t.Errorf("by %d: %d bytes were held", piece, held)
				}
			}
		})
	}
}

func BenchmarkAStandardErrorWithoutALineBreak(b *testing.B) {
	piece := bytes.Repeat([]byte{'x'}, 4096)
	for b.Loop() {
		reader, _ := newReader(io.Discard)
		for range 300 << 20 / len(piece) {
			_, _ = reader.Write(piece)
		}
		reader.Flush()
	}
}

func TestIfTheKernelCannotFilterNobodyKnowsWhatHadArrived(t *testing.T) {
	for warning, want := range map[string]int64{"": 7, "Warning: Kernel filter failed: Invalid argument\n": 0} {
		reader, _ := newReader(io.Discard)
		_, _ = reader.Write([]byte(warning + "tcpdump: listening on eth0, link-type EN10MB\n" +
			"tcpdump: 0 packets captured, 0 packets received by filter, 0 packets dropped by kernel\n"))
		if n := reader.backlog.Arrived(7); n != want {
			t.Errorf("%d had arrived, want %d, after %q", n, want, warning)
		}
	}
}

// With -v and -w, tcpdump tells each second how many packets it has got, and goes back to the beginning of the line.
func TestWhatComesBehindTheProgressOfACaptureIsUnderstood(t *testing.T) {
	for text, want := range map[string]string{
		"Got 5\rGot 12\rtcpdump: 12 packets captured, 14 packets received by filter, 0 packets dropped by kernel\n": "Got 5\rGot 12\r", // an answer that podtracer has asked for
		"Got 58\r58 packets captured\n60 packets received by filter\n0 packets dropped by kernel\n":                 "Got 58\r58 packets captured\n60 packets received by filter\n0 packets dropped by kernel\n",
		"a line of Windows\r\n": "a line of Windows\r\n",
		"\r\r\n":                "\r\r\n",
	} {
		for _, piece := range []int{1 << 10, 3} {
			var to bytes.Buffer
			reader, told := newReader(&to)
			for rest := text; rest != ""; rest = rest[min(piece, len(rest)):] {
				_, _ = reader.Write([]byte(rest[:min(piece, len(rest))]))
			}
			reader.Flush()
			reader.Release()
			if to.String() != want {
				t.Errorf("%q is passed on as %q", text, to.String())
			}
			if known := strings.Contains(text, "received by filter"); told.Counters.Known != known {
				t.Errorf("%q: %+v", text, told.Counters)
			}
			if said := strings.Contains(text, "58 packets captured"); said != (reader.Wrote() == 58) {
				t.Errorf("%q: it wrote %d", text, reader.Wrote())
			}
		}
	}
}
