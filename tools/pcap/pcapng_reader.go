package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxBlock is the longest block that is accepted, in bytes: the largest packet and its surroundings.
const maxBlock = maxCaptured + 1<<20

// NGPacket is a packet of a pcapng file.
type NGPacket struct {
	Interface uint32
	Seconds   uint64 // since 1970
	Fraction  uint32 // micro- or nanoseconds, in the resolution of the interface; less than a second
	Captured  uint32 // bytes kept
	Original  uint32 // bytes on the wire
	Data      []byte // valid until the next packet is read
}

// NGReader reads pcapng of one section, in either byte order, as NGWriter writes it. Blocks and options that NGWriter does not write
// are skipped, including "simple" and "obsolete" packet blocks.
//
// It holds one block at a time, and everything about interfaces, names and statistics. A block takes no more memory than twice
// what the stream has delivered of it.
type NGReader struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	head       [blockHeadLen]byte
	body       []byte // of the last block, with its closing length
	section    Section
	interfaces []Interface
	names      []NameRecord
	statistics map[uint32]Statistics
}

// NewNGReader reads the section header.
//
// Errors: io.EOF for an empty stream, io.ErrUnexpectedEOF for one that ends in its header, ErrFormat for another format.
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

// findOrder reads the byte order magic after the beginning of the first block, which is needed to read the block's length.
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

// Section returns what the section header says.
func (n *NGReader) Section() Section { return n.section }

// Interfaces returns the interfaces read so far; NGPacket.Interface is an index into them.
func (n *NGReader) Interfaces() []Interface { return n.interfaces }

// Names returns the names read so far, in the order of the file.
func (n *NGReader) Names() []NameRecord { return n.names }

// Statistics returns the last statistics read so far, by interface.
func (n *NGReader) Statistics() map[uint32]Statistics { return n.statistics }

// Next returns the next packet, and reads the blocks before it.
//
// Errors: io.EOF after the last whole block, io.ErrUnexpectedEOF if the stream ends inside a block, ErrFormat for what is impossible
// or not supported: a further section, a resolution other than micro- and nanoseconds.
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

// ticks reads a time in two halves, the upper one first.
func (n *NGReader) ticks(b []byte) uint64 {
	return uint64(n.order.Uint32(b))<<32 | uint64(n.order.Uint32(b[4:]))
}

func (n *NGReader) short(what string) error {
	return fmt.Errorf("%w: a %s block of pcapng of %d bytes", ErrFormat, what, len(n.body))
}
