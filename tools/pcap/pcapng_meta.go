package pcap

import (
	"bytes"
	"fmt"
	"net/netip"
	"time"
)

// readSection reads a Section Header Block: byte order magic, version, length of the section, options.
func (n *NGReader) readSection() error {
	if len(n.body) < 16 {
		return n.short("section")
	}
	if major := n.order.Uint16(n.body[4:]); major != 1 {
		return fmt.Errorf("%w: pcapng version %d", ErrFormat, major)
	}
	return n.options(n.body[16:], func(code uint16, value []byte) error {
		switch code {
		case optComment:
			n.section.Comments = append(n.section.Comments, string(value))
		case shbOS:
			n.section.OS = string(value)
		case shbUserAppl:
			n.section.Application = string(value)
		}
		return nil
	})
}

// readInterface reads an Interface Description Block: link type, 16 reserved bits, snapshot length, options.
func (n *NGReader) readInterface() error {
	if len(n.body) < 8 {
		return n.short("interface")
	}
	i := Interface{LinkType: uint32(n.order.Uint16(n.body)), SnapLen: n.order.Uint32(n.body[4:])}
	err := n.options(n.body[8:], func(code uint16, value []byte) error {
		switch code {
		case optComment:
			i.Comments = append(i.Comments, string(value))
		case ifName:
			i.Name = string(value)
		case ifDescription:
			i.Description = string(value)
		case ifTSResol:
			if len(value) != 1 || value[0] != resolution(false) && value[0] != resolution(true) {
				return fmt.Errorf("%w: a time resolution of %v", ErrFormat, value)
			}
			i.Nanos = value[0] == resolution(true)
		case ifTSOffset:
			return fmt.Errorf("%w: times with an offset", ErrFormat)
		case ifFilter:
			if len(value) > 0 && value[0] == 0 { // a filter as text
				i.Filter = string(value[1:])
			}
		case ifFCSLen:
			if len(value) == 1 {
				i.FCS = uint32(value[0])
			}
		}
		return nil
	})
	n.interfaces = append(n.interfaces, i)
	return err
}

// readNames reads a Name Resolution Block: records, which have the layout of options, and options, which NGWriter does not write.
func (n *NGReader) readNames() error {
	return n.options(n.body, func(kind uint16, value []byte) error {
		size := 0
		switch kind {
		case nrbIPv4:
			size = 4
		case nrbIPv6:
			size = 16
		default:
			return nil
		}
		if len(value) <= size || value[len(value)-1] != 0 {
			return fmt.Errorf("%w: a name record of %d bytes", ErrFormat, len(value))
		}
		addr, _ := netip.AddrFromSlice(value[:size])
		r := NameRecord{Addr: addr}
		for _, name := range bytes.Split(value[size:len(value)-1], []byte{0}) {
			r.Names = append(r.Names, string(name))
		}
		n.names = append(n.names, r)
		return nil
	})
}

// readStatistics reads an Interface Statistics Block: interface, time, options.
func (n *NGReader) readStatistics() error {
	if len(n.body) < 12 {
		return n.short("statistics")
	}
	id := n.order.Uint32(n.body)
	unit, err := n.unit(id)
	if err != nil {
		return err
	}
	var s Statistics
	err = n.options(n.body[12:], func(code uint16, value []byte) error {
		if code == optComment {
			s.Comments = append(s.Comments, string(value))
			return nil
		}
		if code < isbStartTime || code > isbUsrDeliv {
			return nil
		}
		if len(value) != 8 {
			return fmt.Errorf("%w: statistic %d of %d bytes", ErrFormat, code, len(value))
		}
		s.set(code, n.order.Uint64(value), n.ticks(value), unit)
		return nil
	})
	n.statistics[id] = s
	return err
}

// set stores the value of one option: as a count, or as a time with unit ticks in a second.
func (s *Statistics) set(code uint16, count, ticks, unit uint64) {
	at := time.Unix(int64(ticks/unit), int64(ticks%unit*(1e9/unit)))
	switch code {
	case isbStartTime:
		s.Start = at
	case isbEndTime:
		s.End = at
	case isbIfRecv:
		s.Received = &count
	case isbIfDrop:
		s.InterfaceDropped = &count
	case isbFilterAccept:
		s.Accepted = &count
	case isbOSDrop:
		s.OSDropped = &count
	case isbUsrDeliv:
		s.Delivered = &count
	}
}

// options calls take for every option of b up to the end mark, or to the end of b, as the mark may be missing.
func (n *NGReader) options(b []byte, take func(code uint16, value []byte) error) error {
	for len(b) >= 4 {
		code, size := n.order.Uint16(b), int(n.order.Uint16(b[2:]))
		if code == optEnd {
			return nil
		}
		padded := 4 + (size+3)&^3
		if padded > len(b) {
			return fmt.Errorf("%w: an option of %d bytes in %d", ErrFormat, size, len(b))
		}
		if err := take(code, b[4:4+size]); err != nil {
			return err
		}
		b = b[padded:]
	}
	return nil
}
