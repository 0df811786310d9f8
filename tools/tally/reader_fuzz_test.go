package tally

import (
	"bytes"
	"testing"
)

// FuzzTold looks for text of a tool that gets lost, or crashes the reader, in whatever pieces it comes.
func FuzzTold(f *testing.F) {
	for _, text := range []string{
		"", "tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n",
		"tcpdump: 3 packets captured, 4 packets received by filter, 0 packets dropped by kernel\n",
		"3 packets captured\n4 packets received by filter\n99999999999999999999 packets dropped by kernel\n1 packet dropped by interface",
		"listening on \x1b]52;c;x\a, link-type\n\xff\xfe",
	} {
		f.Add(text, 5)
	}
	f.Fuzz(func(t *testing.T, text string, piece int) {
		piece = max(1, piece%1000)
		var passed bytes.Buffer
		reader, told := newReader(&passed)
		for rest := text; len(rest) > 0; {
			n := min(piece, len(rest))
			_, _ = reader.Write([]byte(rest[:n])) // never fails
			rest = rest[n:]
		}
		reader.Flush()
		reader.Release()
		answers := 0
		for _, line := range bytes.SplitAfter([]byte(text), []byte("\n")) {
			if answer.Match(line) {
				answers += len(line)
			}
		}
		if passed.Len()+answers != len(text) {
			t.Errorf("%d bytes of %d were passed on; %d bytes are answers", passed.Len(), len(text), answers)
		}
		for _, n := range []uint64{told.Counters.Received, told.Counters.KernelDropped, told.Counters.InterfaceDropped} {
			if n > 0 && !told.Counters.Known {
				t.Errorf("%+v is not known", told.Counters)
			}
		}
	})
}
