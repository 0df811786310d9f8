package pcap

import "encoding/binary"

// NFLOG is an NFLOG record: values after a header of 4 bytes. Each value has a length, a type and padding to 4 bytes.
type NFLOG struct {
	Family     byte // address family, as Linux numbers it
	Payload    int  // offset of the packet; 0: there is none
	PayloadEnd int
	Prefix     string // prefix of the rule that logged the packet
	In, Out    uint32 // interface indexes; 0: none
	EtherType  uint16 // of a bridged packet; else 0
	Headers    int    // end of the part that is not the packet
}

// Types of NFLOG values, from linux/netfilter/nfnetlink_log.h.
const (
	nflogPacketHeader = 1 // EtherType, hook
	nflogIn           = 4
	nflogOut          = 5
	nflogPayload      = 9
	nflogPrefix       = 10
)

// ParseNFLOG reads an NFLOG record. Lengths and types are in the byte order of the machine that captured; in the wrong order a
// value would be longer than the record, or shorter than its own header.
func ParseNFLOG(data []byte) NFLOG {
	const head, valueHead = 4, 4
	const bridge = 7 // the family of bridged packets, which begin after the hardware header
	n := NFLOG{Headers: min(head, len(data))}
	if len(data) < head {
		return n
	}
	n.Family = data[0]
	var order binary.ByteOrder
	for at := head; at+valueHead <= len(data); {
		if order == nil {
			order = nflogOrder(data[at:])
		}
		size, kind := int(order.Uint16(data[at:])), order.Uint16(data[at+2:])&0x7fff
		if size < valueHead {
			break
		}
		value := data[at+valueHead : max(at+valueHead, min(len(data), at+size))]
		switch {
		case kind == nflogPacketHeader && len(value) >= 2 && n.Family == bridge:
			n.EtherType = binary.BigEndian.Uint16(value)
		case kind == nflogIn && len(value) >= 4:
			n.In = binary.BigEndian.Uint32(value)
		case kind == nflogOut && len(value) >= 4:
			n.Out = binary.BigEndian.Uint32(value)
		case kind == nflogPrefix:
			n.Prefix = cString(value)
		case kind == nflogPayload:
			n.Payload, n.PayloadEnd = at+valueHead, at+valueHead+len(value)
			n.Headers = n.Payload
			return n
		}
		at += (size + 3) &^ 3
		n.Headers = min(at, len(data))
	}
	return n
}

// nflogOrder returns the byte order of the first value.
func nflogOrder(value []byte) binary.ByteOrder {
	if kind := binary.LittleEndian.Uint16(value[2:]); kind&0x7fff < 1<<8 && kind != 0 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// findNFLOG follows an NFLOG record to the packet in it.
func findNFLOG(data []byte) found {
	n := ParseNFLOG(data)
	switch {
	case n.Payload == 0:
		return found{end: n.Headers}
	case n.EtherType != 0:
		return findNetwork(data[:n.PayloadEnd], n.Payload, n.EtherType)
	}
	return findRaw(data[:n.PayloadEnd], n.Payload)
}
