// Package pcap reads a pcap stream while it is being written, in whole packets, and keeps their bytes unchanged. It writes
// packets as pcapng with metadata, reads such a file back, and finds the addresses of a packet and the end of its headers; it
// decodes no more of a packet.
//
// Start reading at Reader, which reads the packets of a complete stream, and Scanner, for a stream in pieces; Merger reads several
// streams in the order of time; Trimmer keeps only headers; NGWriter and NGReader are for pcapng; Parse and ParseTransport find the
// headers of a packet.
//
// The formats: draft-ietf-opsawg-pcap, "PCAP Capture File Format", and draft-ietf-opsawg-pcapng. Of pcap, both byte orders and
// both time resolutions are read, with packet headers of 16 bytes; other tools' variants ("modified" pcap) are refused. The
// pcapng reader reads what the writer writes.
//
// Reading and writing block as the underlying stream does. No goroutines are started.
package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// Sizes of the format, in bytes.
const (
	FileHeaderLen   = 24
	PacketHeaderLen = 16

	// maxCaptured is the largest packet that is accepted, in bytes; libpcap's limit (MAXIMUM_SNAPLEN) is 262,144, or more for USB. A
	// larger length means that the stream is broken.
	maxCaptured = 128 << 20
)

// ErrFormat says that a stream is not pcap, or is broken in the middle.
var ErrFormat = errors.New("not a pcap stream")

// Header is the file header of a stream.
type Header struct {
	Order    binary.ByteOrder
	Nanos    bool   // packet times are in nanoseconds, not microseconds
	SnapLen  uint32 // snapshot length: most bytes kept of a packet
	LinkType uint32 // LINKTYPE_… of tcpdump.org: 16 bits
	FCS      uint32 // bytes of checksum at the end of each packet, by the header
}

// Whole returns the size of the whole packets at the beginning of p, in bytes, and their number. p begins with a packet.
func (h Header) Whole(p []byte) (n, packets int) {
	for len(p)-n >= PacketHeaderLen {
		captured := h.Order.Uint32(p[n+8:])
		if captured > maxCaptured || len(p)-n < PacketHeaderLen+int(captured) {
			break
		}
		n += PacketHeaderLen + int(captured)
		packets++
	}
	return n, packets
}

// Size is the size of the packet that p begins with, including its header; 0 if the header is incomplete.
func (h Header) Size(p []byte) int {
	if len(p) < PacketHeaderLen {
		return 0
	}
	return PacketHeaderLen + int(h.Order.Uint32(p[8:]))
}

// Time is when a packet was captured. packet begins with its header. A fraction of more than a second is added to the seconds.
func (h Header) Time(packet []byte) time.Time { return time.Unix(0, h.nanos(packet)) }

// nanos is when a packet was captured, in nanoseconds since 1970: at most 2^62, as the seconds have 32 bits.
func (h Header) nanos(packet []byte) int64 {
	seconds, fraction := int64(h.Order.Uint32(packet)), int64(h.Order.Uint32(packet[4:]))
	if !h.Nanos {
		fraction *= 1e3
	}
	return seconds*1e9 + fraction
}

// setNanos changes when a packet was captured, as far as the format goes: to a microsecond or a nanosecond, from 1970 to 2106.
func (h Header) setNanos(packet []byte, at int64) {
	seconds, fraction := min(max(at, 0)/1e9, math.MaxUint32), max(at, 0)%1e9
	if !h.Nanos {
		fraction /= 1e3
	}
	h.Order.PutUint32(packet, uint32(seconds))
	h.Order.PutUint32(packet[4:], uint32(fraction))
}

// Length is the length of a packet on the wire, in bytes. packet begins with its header.
func (h Header) Length(packet []byte) int { return int(h.Order.Uint32(packet[12:])) }

// Reader reads packets from a stream.
type Reader struct {
	r      *bufio.Reader
	raw    [FileHeaderLen]byte
	header Header
	packet []byte
}

// NewReader reads the file header of the stream.
//
// Errors: io.EOF for an empty stream, io.ErrUnexpectedEOF for one that ends in its file header, ErrFormat for another format.
func NewReader(r io.Reader) (*Reader, error) { return newReaderSize(r, 256<<10) }

// newReaderSize is NewReader with a buffer of size bytes.
func newReaderSize(r io.Reader, size int) (*Reader, error) {
	p := &Reader{r: bufio.NewReaderSize(r, size)}
	if _, err := io.ReadFull(p.r, p.raw[:]); err != nil {
		return nil, err
	}
	var err error
	if p.header, err = parseHeader(p.raw[:]); err != nil {
		return nil, err
	}
	return p, nil
}

// parseHeader reads the 24 bytes of a file header.
func parseHeader(raw []byte) (h Header, err error) {
	switch magic := binary.BigEndian.Uint32(raw); magic {
	case 0xa1b2c3d4:
		h.Order = binary.BigEndian
	case 0xa1b23c4d:
		h.Order, h.Nanos = binary.BigEndian, true
	case 0xd4c3b2a1:
		h.Order = binary.LittleEndian
	case 0x4d3cb2a1:
		h.Order, h.Nanos = binary.LittleEndian, true
	default:
		return h, fmt.Errorf("%w: it begins with %#08x", ErrFormat, magic)
	}
	h.SnapLen = h.Order.Uint32(raw[16:])
	const linkBits, fcsKnown, fcsUnit = 1<<16 - 1, 1 << 26, 2
	link := h.Order.Uint32(raw[20:])
	h.LinkType = link & linkBits
	if link&fcsKnown != 0 {
		h.FCS = link >> 28 * fcsUnit
	}
	return h, nil
}

// Header returns the file header of the stream.
func (p *Reader) Header() Header { return p.header }

// RawHeader returns the bytes of the file header. They belong to the reader.
func (p *Reader) RawHeader() []byte { return p.raw[:] }

// Next returns the next packet with its header, as in the stream. The bytes are valid until the next call.
//
// Errors: io.EOF after the last whole packet, io.ErrUnexpectedEOF if the stream ends inside a packet, ErrFormat if a length
// is impossible.
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
	if p.packet, err = readInto(p.packet, p.r, PacketHeaderLen+int(captured)); err != nil {
		return nil, err
	}
	return p.packet, nil
}

// readInto reads size bytes into b, and grows b only as bytes come: an invented length in a broken stream takes no memory. It
// returns io.ErrUnexpectedEOF if the stream ends early.
func readInto(b []byte, r io.Reader, size int) ([]byte, error) {
	b = b[:0]
	for len(b) < size {
		have := len(b)
		b = slices.Grow(b, min(size-have, max(have, 64<<10)))
		b = b[:min(size, cap(b))]
		if _, err := io.ReadFull(r, b[have:]); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return b, err
		}
	}
	return b, nil
}
