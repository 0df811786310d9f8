package pcap

import (
	"bytes"
	"slices"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
)

// FuzzTrimmer looks for streams that the trimmer splits differently than the scanner, in whatever pieces they come: it has to keep
// each whole packet's headers, hold what is incomplete, and say where a stream breaks.
func FuzzTrimmer(f *testing.F) {
	head, packet, none := pcaptest.Stream(0), pcaptest.Packet(60, 60), bytes.Repeat([]byte{0xff}, 100)
	for _, stream := range [][]byte{
		nil, head[:10], head, slices.Concat(head, packet), slices.Concat(head, packet, packet[:20]),
		slices.Concat(head, packet, none), slices.Concat(head, pcaptest.Packet(2<<20, 100)), none[:30], pcaptest.Stream(3),
	} {
		f.Add(stream, 7)
	}
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = max(1, piece%1000)
		var trim Trimmer
		var kept []byte
		for rest := stream; len(rest) > 0; {
			n := min(piece, len(rest))
			kept = append(kept, trim.Trim(rest[:n])...)
			rest = rest[n:]
		}
		before, broken := scanned(stream)
		after, brokenAfter := scanned(kept)
		if after.Packets() != before.Packets() || after.Whole() != int64(len(kept)) || brokenAfter != nil || len(kept) > len(stream) {
			t.Errorf("%d packets of %d, %d bytes of %d, of %d; %v", after.Packets(), before.Packets(), after.Whole(), len(kept), len(stream), brokenAfter)
		}
		if broken != nil && trim.Broken() == nil || broken == nil && trim.Broken() != nil && !tooLarge(stream[before.Whole():], before) {
			t.Errorf("broken: %v, in the stream: %v", trim.Broken(), broken)
		}
		if held := int64(len(stream)) - before.Whole(); trim.Broken() == nil && int64(trim.Pending()) != held {
			t.Errorf("%d bytes are held of %d", trim.Pending(), held)
		}
	})
}

func scanned(stream []byte) (*Scanner, error) {
	s := NewScanner()
	for len(stream) > 0 {
		n, _, err := s.Next(stream)
		if err != nil {
			return s, err
		}
		stream = stream[n:]
	}
	return s, nil
}

// tooLarge says whether the rest begins with a packet that the scanner accepts but the trimmer does not.
func tooLarge(left []byte, s *Scanner) bool {
	return len(left) >= PacketHeaderLen && s.Header().Order.Uint32(left[8:]) > maxTrimmed
}
