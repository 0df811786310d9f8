package pcap

import "fmt"

// Scanner finds where the packets of a stream end, which comes in pieces of any size. It keeps no packet data, so it costs a few
// nanoseconds a packet.
type Scanner struct {
	header  Header
	raw     [FileHeaderLen]byte // the file header
	head    [FileHeaderLen]byte // the header that is being read: the file header, then packet headers
	have    int                 // bytes of it that have come
	size    int                 // its size in bytes
	body    int                 // bytes after it that are still to come
	packets int64
	offset  int64
	whole   int64
}

// NewScanner returns a scanner at the beginning of a stream.
func NewScanner() *Scanner { return &Scanner{size: FileHeaderLen} }

// Started says whether the file header has come.
func (s *Scanner) Started() bool { return s.whole > 0 }

// Header returns the file header of the stream.
func (s *Scanner) Header() Header { return s.header }

// RawHeader returns the bytes of the file header. They belong to the scanner.
func (s *Scanner) RawHeader() []byte { return s.raw[:] }

// Packets is the number of whole packets that have come.
func (s *Scanner) Packets() int64 { return s.packets }

// Whole is where the last whole packet, or else the file header, ends: an offset in bytes in the stream.
func (s *Scanner) Whole() int64 { return s.whole }

// Next scans p up to the end of a packet or of the file header, and returns the number of bytes up to there. whole is false if p
// ended before.
//
// Errors: ErrFormat if the stream is not pcap, or a length in it is impossible. Nothing after it can be scanned.
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
	if s.whole > 0 { // this is the end of a packet, not of the file header
		s.packets++
	}
	s.whole, s.have, s.size = s.offset, 0, PacketHeaderLen
	return n, true, nil
}

// parse reads the header that has come.
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
