package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxBlock is the longest block that is believed, in bytes: the largest packet and what may stand around it.
const maxBlock = maxCaptured + 1<<20

// NGPacket is a packet of a pcapng file.
type NGPacket struct {
	Interface uint32
	Seconds   uint64 // since 1970
	Fraction  uint32 // micro- or nanoseconds, as the interface counts; less than a second
	Captured  uint32 // bytes that were kept
	Original  uint32 // bytes that there were
	Data      []byte // good until the next packet is read
}

// NGReader reads pcapng of one section, in either byte order, such as NGWriter writes. Blocks and options that NGWriter does
// not write are skipped, the packets of "simple" and "obsolete" packet blocks among them.
//
// It holds one block at a time, and what was said about interfaces, names and statistics. No more room is taken for a block
// than twice what the stream has really delivered of it.
type NGReader struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	head       [blockHeadLen]byte
	body       []byte // of the block that was read, and its closing length
	section    Section
	interfaces []Interface
	names      []NameRecord
	statistics map[uint32]Statistics
}

// NewNGReader reads the section header.
//
// Errors: io.EOF for an empty stream, io.ErrUnexpectedEOF for one that ends in the header, ErrFormat for another format.
func NewNGReader(r io.Reader) (*NGReader, error) {
	n := &NGReader{r: bufio.NewReaderSize(r, 256<<10), statistics: map[uint32]Statistics{}}
	if err := n.findOrder(); err != nil {
		return nil, err
	}
	if _, err := n.nextBlock(); err != nil {
		return nil, err
	}
	if err := n.readSection(); err != nil {
		return nil, err
	}
	return n, nil
}

// findOrder looks at the byte order magic behind the head of the first block, without which its length cannot be read.
func (n *NGReader) findOrder() error {
	head, err := n.r.Peek(blockHeadLen + 4)
	if len(head) > 0 && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if kind := binary.BigEndian.Uint32(head); kind != blockSection {
		return fmt.Errorf("%w: it begins with %#08x and not as pcapng", ErrFormat, kind)
	}
	switch magic := binary.BigEndian.Uint32(head[blockHeadLen:]); magic {
	case byteOrderMagic:
		n.order = binary.BigEndian
	case 0x4d3c2b1a:
		n.order = binary.LittleEndian
	default:
		return fmt.Errorf("%w: the byte order of pcapng is %#08x", ErrFormat, magic)
	}
	return nil
}

// Section returns what the section header said.
func (n *NGReader) Section() Section { return n.section }

// Interfaces returns the interfaces met so far; a packet's Interface is the index.
func (n *NGReader) Interfaces() []Interface { return n.interfaces }

// Names returns the names met so far, in the order of the file.
func (n *NGReader) Names() []NameRecord { return n.names }

// Statistics returns the last statistics met so far of each interface that has any.
func (n *NGReader) Statistics() map[uint32]Statistics { return n.statistics }

// Next returns the next packet and takes in what stands before it.
//
// Errors: io.EOF behind the last whole block, io.ErrUnexpectedEOF if the stream ends inside one, ErrFormat for what cannot be
// true or what NGReader cannot read: a further section, a resolution other than micro- and nanoseconds.
func (n *NGReader) Next() (NGPacket, error) {
	for {
		kind, err := n.nextBlock()
		if err != nil {
			return NGPacket{}, err
		}
		switch kind {
		case blockPacket:
			return n.readPacket()
		case blockInterface:
			err = n.readInterface()
		case blockNames:
			err = n.readNames()
		case blockStatistics:
			err = n.readStatistics()
		case blockSection:
			err = fmt.Errorf("%w: a second section of pcapng", ErrFormat)
		}
		if err != nil {
			return NGPacket{}, err
		}
	}
}

// nextBlock reads a whole block and leaves its body in n.body.
func (n *NGReader) nextBlock() (kind uint32, err error) {
	if _, err := io.ReadFull(n.r, n.head[:]); err != nil {
		return 0, err
	}
	kind, size := n.order.Uint32(n.head[:]), n.order.Uint32(n.head[4:])
	if size < blockHeadLen+4 || size%4 != 0 || size > maxBlock {
		return 0, fmt.Errorf("%w: a pcapng block of %d bytes", ErrFormat, size)
	}
	if n.body, err = readInto(n.body, n.r, int(size)-blockHeadLen); err != nil {
		return 0, err
	}
	body := len(n.body) - 4
	if again := n.order.Uint32(n.body[body:]); again != size {
		return 0, fmt.Errorf("%w: a pcapng block of %d bytes ends as one of %d", ErrFormat, size, again)
	}
	n.body = n.body[:body]
	return kind, nil
}

// readPacket reads an Enhanced Packet Block: interface, time, captured and original length, data, options.
func (n *NGReader) readPacket() (NGPacket, error) {
	if len(n.body) < 20 {
		return NGPacket{}, n.short("packet")
	}
	p := NGPacket{
		Interface: n.order.Uint32(n.body),
		Captured:  n.order.Uint32(n.body[12:]),
		Original:  n.order.Uint32(n.body[16:]),
	}
	if uint64(p.Captured) > uint64(len(n.body)-20) {
		return NGPacket{}, n.short("packet")
	}
	unit, err := n.unit(p.Interface)
	if err != nil {
		return NGPacket{}, err
	}
	ticks := n.ticks(n.body[4:])
	p.Seconds, p.Fraction = ticks/unit, uint32(ticks%unit)
	p.Data = n.body[20 : 20+p.Captured]
	return p, nil
}

// unit is how many ticks of an interface make a second.
func (n *NGReader) unit(id uint32) (uint64, error) {
	switch {
	case uint64(id) >= uint64(len(n.interfaces)):
		return 0, fmt.Errorf("%w: no interface %d", ErrFormat, id)
	case n.interfaces[id].Nanos:
		return 1e9, nil
	}
	return 1e6, nil
}

// ticks reads a time of two halves, the upper one first.
func (n *NGReader) ticks(b []byte) uint64 {
	return uint64(n.order.Uint32(b))<<32 | uint64(n.order.Uint32(b[4:]))
}

func (n *NGReader) short(what string) error {
	return fmt.Errorf("%w: a %s block of pcapng of %d bytes", ErrFormat, what, len(n.body))
}
