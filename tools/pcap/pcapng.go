package pcap

import (
	"net/netip"
	"time"
)

// Blocks and options of pcapng: draft-ietf-opsawg-pcapng, "PCAP Now Generic (pcapng) Capture File Format".
//
// A block is its type, its total length, its body and its total length again; all but the body are of 32 bits, and the body
// is padded to 32 bits. At the end of a body may stand options: a code and a length, both of 16 bits, and a value that is
// padded to 32 bits. The length says how long the value is without the padding.
const (
	blockSection    = 0x0a0d0d0a // SHB: the same in both byte orders
	blockInterface  = 1          // IDB
	blockNames      = 4          // NRB
	blockStatistics = 5          // ISB
	blockPacket     = 6          // EPB

	byteOrderMagic = 0x1a2b3c4d

	optEnd     = 0
	optComment = 1

	shbOS       = 3
	shbUserAppl = 4

	ifName        = 2
	ifDescription = 3
	ifTSResol     = 9
	ifFilter      = 11
	ifFCSLen      = 13
	ifTSOffset    = 14

	isbStartTime    = 2
	isbEndTime      = 3
	isbIfRecv       = 4
	isbIfDrop       = 5
	isbFilterAccept = 6
	isbOSDrop       = 7
	isbUsrDeliv     = 8

	nrbEnd  = 0
	nrbIPv4 = 1
	nrbIPv6 = 2

	// maxText is the most bytes that are written of a text: the length of an option has 16 bits.
	maxText = 65_000
)

// Section says who wrote a file. Empty fields are left out.
type Section struct {
	Application string // the program, with its version
	OS          string
	Comments    []string
}

// Interface says where packets come from. Empty texts are left out.
type Interface struct {
	Name        string // such as shop/cart-0:eth0
	Description string
	Filter      string // the capture filter, as it was typed
	Comments    []string
	LinkType    uint32 // LINKTYPE_… of tcpdump.org; pcapng has 16 bits for it
	SnapLen     uint32 // the most bytes that were kept of a packet; 0: no limit
	FCS         uint32 // bytes of checksum at the end of each packet; 0: not known, or none
	Nanos       bool   // times are in nanoseconds, else in microseconds
}

// Statistics is what is known about the packets of an interface. A counter that is nil is not known and is left out, and so
// is a time before 1970, the zero time among them.
type Statistics struct {
	Start, End       time.Time // of the capture; kept in the interface's resolution
	Received         *uint64   // came in at the interface
	InterfaceDropped *uint64   // of these dropped by the interface, for want of room
	Accepted         *uint64   // let through by the filter
	OSDropped        *uint64   // of these dropped by the kernel
	Delivered        *uint64   // of these given to the program that captured
	Comments         []string
}

// NameRecord is the names of an address. tshark shows the last one, and only if it is asked for names (-N n).
type NameRecord struct {
	Addr  netip.Addr
	Names []string
}
