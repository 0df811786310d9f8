package pcap

import "fmt"

// Scanner finds where the packets of a stream end, which comes in pieces of any size. It keeps nothing of them, so that it
// costs a few nanoseconds a packet.
type Scanner struct {
	header  Header
	raw     [FileHeaderLen]byte // the stream's head
	head    [FileHeaderLen]byte // the head that is being read: the stream's, then a packet's
	have    int                 // bytes of it that have come
	size    int                 // bytes that it has
	body    int                 // bytes behind it that are still to come
	packets int64
	offset  int64
	whole   int64
}

// NewScanner returns a scanner at the beginning of a stream.
func NewScanner() *Scanner { return &Scanner{size: FileHeaderLen} }

// Started says whether the stream's head has come.
func (s *Scanner) Started() bool { return s.whole > 0 }

// Header is what the head of the stream said.
func (s *Scanner) Header() Header { return s.header }

// RawHeader returns the bytes of the stream's head. They belong to the scanner.
func (s *Scanner) RawHeader() []byte { return s.raw[:] }

// Packets is how many whole packets have come.
func (s *Scanner) Packets() int64 { return s.packets }

// Whole is where the last whole packet ends, or the stream's head, in bytes from the beginning of the stream.
func (s *Scanner) Whole() int64 { return s.whole }

// Next scans p up to where a packet or the stream's head ends, and returns how many bytes that took. whole says that
// something ended there; if not, all of p was taken.
//
// Errors: ErrFormat if the stream is not pcap, or a length in it cannot be true. Nothing can be scanned behind it.
func (s *Scanner) Next(p []byte) (n int, whole bool, err error) {
	if s.have < s.size {
		n = copy(s.head[s.have:s.size], p)
		s.have += n
		if s.have < s.size {
			s.offset += int64(n)
			return n, false, nil
		}
		if err := s.parse(); err != nil {
			return 0, false, err
		}
	}
	body := min(s.body, len(p)-n)
	s.body -= body
	n += body
	s.offset += int64(n)
	if s.body > 0 {
		return n, false, nil
	}
	if s.whole > 0 { // what ends here is a packet, not the stream's head
		s.packets++
	}
	s.whole, s.have, s.size = s.offset, 0, PacketHeaderLen
	return n, true, nil
}

// parse reads the head that has come.
func (s *Scanner) parse() (err error) {
	if s.whole == 0 {
		s.raw = s.head
		s.header, err = parseHeader(s.raw[:])
		return err
	}
	captured := s.header.Order.Uint32(s.head[8:])
	if captured > maxCaptured {
		return fmt.Errorf("%w: a packet of %d bytes", ErrFormat, captured)
	}
	s.body = int(captured)
	return nil
}
