package pcap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// packetHeadLen is the size of what precedes the data of a packet, in bytes: type and length of the block, interface, upper and
	// lower half of the time, captured and original length, of 4 bytes each.
	packetHeadLen = 28

	// maxNames is the size in bytes after which a block of names ends and another begins. libpcap and Wireshark refuse blocks of more
	// than 16 MiB.
	maxNames = 1 << 20
)

// NGWriter writes one section of pcapng, in little endian, through a buffer of 1 MiB. After an error of the underlying writer
// every call returns that error.
//
// Texts and names are made safe to print (package printable), because most tools print them unchanged, and cut at 65,000 bytes,
// between characters.
type NGWriter struct {
	w          *bufio.Writer
	interfaces []Interface
	block      block               // the block that is being put together; packets do not use it
	head       [packetHeadLen]byte // of the packet that is being written
	tail       [8]byte             // padding and closing length of the packet
}

// NewNGWriter begins a file with its section header. The length of the section is written as unknown.
func NewNGWriter(w io.Writer, s Section) (*NGWriter, error) {
	n := &NGWriter{w: bufio.NewWriterSize(w, 1<<20)}
	n.block.begin(blockSection)
	n.block.uint32(byteOrderMagic)
	n.block.uint16(1) // version 1.0
	n.block.uint16(0)
	n.block.uint64(1<<64 - 1) // length: unknown
	options := len(n.block)
	n.block.comments(s.Comments)
	n.block.text(shbOS, s.OS)
	n.block.text(shbUserAppl, s.Application)
	return n, n.end(options)
}

// end writes the block, whose options began at options.
func (n *NGWriter) end(options int) error {
	n.block.end(options)
	_, err := n.w.Write(n.block)
	return err
}

// AddInterface describes an interface and returns the number under which its packets are written. It must be called before the first
// of them. tcpdump refuses a file whose interfaces differ in link type or snapshot length; Wireshark reads it.
//
// Errors: a link type that does not fit 16 bits; errors of the underlying writer.
func (n *NGWriter) AddInterface(i Interface) (id uint32, err error) {
	if i.LinkType > 0xffff {
		return 0, fmt.Errorf("add interface %s: link type %d does not fit pcapng", i.Name, i.LinkType)
	}
	n.block.begin(blockInterface)
	n.block.uint16(uint16(i.LinkType))
	n.block.uint16(0) // reserved
	n.block.uint32(i.SnapLen)
	options := len(n.block)
	n.block.comments(i.Comments)
	n.block.text(ifName, i.Name)
	n.block.text(ifDescription, i.Description)
	n.block.option(ifTSResol, []byte{resolution(i.Nanos)})
	if i.Filter != "" {
		n.block.option(ifFilter, append([]byte{0}, clean(i.Filter)...)) // 0: a text
	}
	if i.FCS > 0 {
		n.block.option(ifFCSLen, []byte{byte(i.FCS)})
	}
	if err := n.end(options); err != nil {
		return 0, err
	}
	n.interfaces = append(n.interfaces, i)
	return uint32(len(n.interfaces) - 1), nil
}

// resolution is the value of if_tsresol: a negative power of ten.
func resolution(nanos bool) byte {
	if nanos {
		return 9
	}
	return 6
}

// WritePacket writes a packet of an interface. record is the packet with its header of 16 bytes, as Reader.Next returns it, and h
// is the file header of its stream. The time of the packet is kept exactly.
//
// Errors: ErrFormat for a record that is not as long as its header says; an interface that was not added, has another link type, or
// counts microseconds if the stream has nanoseconds; errors of the underlying writer.
func (n *NGWriter) WritePacket(id uint32, h Header, record []byte) error {
	if id >= uint32(len(n.interfaces)) {
		return fmt.Errorf("write packet: no interface %d", id)
	}
	i := &n.interfaces[id]
	if i.LinkType != h.LinkType || h.Nanos && !i.Nanos {
		return fmt.Errorf("write packet: interface %d is not one of this stream: %+v", id, h)
	}
	if len(record) < PacketHeaderLen || uint64(h.Order.Uint32(record[8:])) != uint64(len(record)-PacketHeaderLen) {
		return fmt.Errorf("%w: a record of %d bytes", ErrFormat, len(record))
	}
	unit, fraction := uint64(1e6), uint64(h.Order.Uint32(record[4:]))
	if i.Nanos {
		unit = 1e9
		if !h.Nanos {
			fraction *= 1e3
		}
	}
	ticks := uint64(h.Order.Uint32(record))*unit + fraction
	return n.packet(id, ticks, h.Order.Uint32(record[12:]), record[PacketHeaderLen:])
}

// packet writes the block of a packet without putting it together first.
func (n *NGWriter) packet(id uint32, ticks uint64, original uint32, data []byte) error {
	padding := -len(data) & 3
	size := uint32(packetHeadLen + len(data) + padding + 4)
	binary.LittleEndian.PutUint32(n.head[0:], blockPacket)
	binary.LittleEndian.PutUint32(n.head[4:], size)
	binary.LittleEndian.PutUint32(n.head[8:], id)
	binary.LittleEndian.PutUint32(n.head[12:], uint32(ticks>>32))
	binary.LittleEndian.PutUint32(n.head[16:], uint32(ticks))
	binary.LittleEndian.PutUint32(n.head[20:], uint32(len(data)))
	binary.LittleEndian.PutUint32(n.head[24:], original)
	binary.LittleEndian.PutUint32(n.tail[4:], size)
	_, err := n.w.Write(n.head[:])
	if err == nil {
		_, err = n.w.Write(data)
	}
	if err == nil {
		_, err = n.w.Write(n.tail[4-padding:])
	}
	return err
}

// WriteNames writes the names of addresses. It may be called at any time, and again for names that become known later; but a tool that
// reads the file once, such as tshark without -2, shows names only for packets after them. Names that do not fit one record or
// block go to further ones; an address without names is left out.
//
// Errors: an invalid address; a name that is empty, longer than 65,000 bytes or contains a zero byte (all checked before anything is
// written); errors of the underlying writer.
func (n *NGWriter) WriteNames(records []NameRecord) error {
	if err := errors.Join(checkNames(records)...); err != nil {
		return err
	}
	n.block.begin(blockNames)
	for _, r := range records {
		for names := r.Names; len(names) > 0; {
			names = n.block.names(r.Addr.Unmap(), names)
			if len(n.block) < maxNames {
				continue
			}
			if err := n.endNames(); err != nil {
				return err
			}
			n.block.begin(blockNames)
		}
	}
	if len(n.block) == blockHeadLen {
		return nil
	}
	return n.endNames()
}

func checkNames(records []NameRecord) (errs []error) {
	for _, r := range records {
		if !r.Addr.IsValid() {
			errs = append(errs, fmt.Errorf("write names %q: no address", r.Names))
		}
		for _, name := range r.Names {
			if name == "" || len(name) > maxText || strings.IndexByte(name, 0) >= 0 {
				errs = append(errs, fmt.Errorf("write names of %s: %.100q is not a name", r.Addr, name))
			}
		}
	}
	return errs
}

// endNames ends the records with the mandatory end mark, and writes the block.
func (n *NGWriter) endNames() error {
	n.block.option(nrbEnd, nil)
	return n.end(len(n.block))
}

// WriteStatistics writes counts of the packets of an interface. The last call for an interface counts.
//
// Errors: an interface that was not added; errors of the underlying writer.
func (n *NGWriter) WriteStatistics(id uint32, s Statistics) error {
	if id >= uint32(len(n.interfaces)) {
		return fmt.Errorf("write statistics: no interface %d", id)
	}
	nanos := n.interfaces[id].Nanos
	n.block.begin(blockStatistics)
	n.block.uint32(id)
	n.block.timestamp(s.End, nanos)
	options := len(n.block)
	n.block.comments(s.Comments)
	n.block.time(isbStartTime, s.Start, nanos)
	n.block.time(isbEndTime, s.End, nanos)
	n.block.counter(isbIfRecv, s.Received)
	n.block.counter(isbIfDrop, s.InterfaceDropped)
	n.block.counter(isbFilterAccept, s.Accepted)
	n.block.counter(isbOSDrop, s.OSDropped)
	n.block.counter(isbUsrDeliv, s.Delivered)
	return n.end(options)
}

// Flush writes everything to the underlying writer.
func (n *NGWriter) Flush() error { return n.w.Flush() }
