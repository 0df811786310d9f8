// Package pcap reads a pcap stream while it is still being written, whole packets at a time, and keeps the bytes as they
// are. Nothing is decoded: what comes in is what goes out.
//
// The format: draft-ietf-opsawg-pcap, "PCAP Capture File Format". Both byte orders and both time resolutions are read, and
// the header of 16 bytes a packet; the variants of other tools ("modified" pcap) are refused.
package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes of the format, in bytes.
const (
	FileHeaderLen   = 24
	PacketHeaderLen = 16

	// maxCaptured is the largest packet that is believed; libpcap's own limit (MAXIMUM_SNAPLEN) is 262,144, with more for
	// USB. A larger length means that the stream is broken.
	maxCaptured = 128 << 20
)

// ErrFormat says that a stream is not pcap or broken in the middle.
var ErrFormat = errors.New("not a pcap stream")

// Header is what the head of a stream says.
type Header struct {
	Order    binary.ByteOrder
	Nanos    bool   // packet times are in nanoseconds, else in microseconds
	SnapLen  uint32 // the most bytes that were kept of a packet
	LinkType uint32 // LINKTYPE_… of tcpdump.org
}

// Reader reads packets from a stream.
type Reader struct {
	r      *bufio.Reader
	raw    [FileHeaderLen]byte
	header Header
	packet []byte
}

// NewReader reads the stream's head.
//
// Errors: io.EOF for an empty stream, io.ErrUnexpectedEOF for one that ends in the head, ErrFormat for another format.
func NewReader(r io.Reader) (*Reader, error) {
	p := &Reader{r: bufio.NewReaderSize(r, 256<<10)}
	if _, err := io.ReadFull(p.r, p.raw[:]); err != nil {
		return nil, err
	}
	if err := p.parseHeader(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Reader) parseHeader() error {
	switch magic := binary.BigEndian.Uint32(p.raw[:]); magic {
	case 0xa1b2c3d4:
		p.header.Order = binary.BigEndian
	case 0xa1b23c4d:
		p.header.Order, p.header.Nanos = binary.BigEndian, true
	case 0xd4c3b2a1:
		p.header.Order = binary.LittleEndian
	case 0x4d3cb2a1:
		p.header.Order, p.header.Nanos = binary.LittleEndian, true
	default:
		return fmt.Errorf("%w: it begins with %#08x", ErrFormat, magic)
	}
	p.header.SnapLen = p.header.Order.Uint32(p.raw[16:])
	p.header.LinkType = p.header.Order.Uint32(p.raw[20:]) & 0x0fffffff // the upper bits say how long the FCS is
	return nil
}

// Header returns what the head of the stream said.
func (p *Reader) Header() Header { return p.header }

// RawHeader returns the bytes of the stream's head. They belong to the reader.
func (p *Reader) RawHeader() []byte { return p.raw[:] }

// Next returns the next packet with its header, as it stands in the stream. The bytes are good until the next call.
//
// Errors: io.EOF behind the last whole packet, io.ErrUnexpectedEOF if the stream ends inside one, ErrFormat if a length
// cannot be true.
func (p *Reader) Next() ([]byte, error) {
	head, err := p.r.Peek(PacketHeaderLen)
	if err != nil {
		if errors.Is(err, io.EOF) && len(head) > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
	captured := p.header.Order.Uint32(head[8:])
	if captured > maxCaptured {
		return nil, fmt.Errorf("%w: a packet of %d bytes", ErrFormat, captured)
	}
	size := PacketHeaderLen + int(captured)
	if cap(p.packet) < size {
		p.packet = make([]byte, size+size/2)
	}
	p.packet = p.packet[:size]
	if _, err := io.ReadFull(p.r, p.packet); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return p.packet, nil
}
