package tools

import (
	"bytes"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// FuzzTrimmer looks for streams that the trimmer takes apart otherwise than the scanner does, in whatever pieces they come: it has to
// keep each whole packet's headers, hold what is cut off, and say where a stream breaks.
func FuzzTrimmer(f *testing.F) {
	for _, stream := range [][]byte{
		nil, streamHead[:10], streamHead, slicesOf(streamHead, onePacket), slicesOf(streamHead, onePacket, onePacket[:20]),
		slicesOf(streamHead, onePacket, noPacket[:100]), slicesOf(streamHead, packetOf(2<<20, 100)), noPacket[:30], pcapStream(3),
	} {
		f.Add(stream, 7)
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = max(1, piece%1000)
		var trim trimmer
		var kept []byte
		for rest := stream; len(rest) > 0; {
			n := min(piece, len(rest))
			kept = append(kept, trim.trim(rest[:n])...)
			rest = rest[n:]
		}
		before, broken := scanned(stream)
		after, brokenAfter := scanned(kept)
		if after.Packets() != before.Packets() || after.Whole() != int64(len(kept)) || brokenAfter != nil || len(kept) > len(stream) {
			t.Errorf("%d packets of %d, %d bytes of %d, of %d; %v", after.Packets(), before.Packets(), after.Whole(), len(kept), len(stream), brokenAfter)
		}
		if broken != nil && trim.broken == nil || broken == nil && trim.broken != nil && !tooLarge(stream[before.Whole():], before) {
			t.Errorf("broken: %v, in the stream: %v", trim.broken, broken)
		}
		if held := int64(len(stream)) - before.Whole(); trim.broken == nil && int64(len(trim.pending)) != held {
			t.Errorf("%d bytes are held of %d", len(trim.pending), held)
		}
	})
}

func scanned(stream []byte) (*pcap.Scanner, error) {
	s := pcap.NewScanner()
	for len(stream) > 0 {
		n, _, err := s.Next(stream)
		if err != nil {
			return s, err
		}
		stream = stream[n:]
	}
	return s, nil
}

// tooLarge says whether what is left begins with a packet that is not believed here, and is in general.
func tooLarge(left []byte, s *pcap.Scanner) bool {
	return len(left) >= pcap.PacketHeaderLen && s.Header().Order.Uint32(left[8:]) > maxTrimmed
}

// FuzzTold looks for words of a tool that get lost, or make the teller fall over, in whatever pieces they come.
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
		r := &run{}
		told := teller{run: r, to: &passed}
		for rest := text; len(rest) > 0; {
			n := min(piece, len(rest))
			_, _ = told.Write([]byte(rest[:n])) // never fails
			rest = rest[n:]
		}
		told.flush()
		told.release()
		answers := 0
		for _, line := range bytes.SplitAfter([]byte(text), []byte("\n")) {
			if toldCaptured.Match(line) {
				answers += len(line)
			}
		}
		if passed.Len()+answers != len(text) {
			t.Errorf("%d bytes of %d were passed on, %d are answers", passed.Len(), len(text), answers)
		}
		state, _ := r.state.Get()
		state.Capture, state.Began, state.Bytes = true, state.Created.AddDate(1, 0, 0), 1
		if dropped := state.Counters.KernelDropped > 0 || state.Counters.InterfaceDropped > 0; dropped == (state.Verdict() == "complete") {
			t.Errorf("%+v: %q", state.Counters, state.Verdict())
		}
	})
}
