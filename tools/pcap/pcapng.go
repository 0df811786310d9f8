package pcap

import (
	"net/netip"
	"time"
)

// Blocks and options of pcapng: draft-ietf-opsawg-pcapng, "PCAP Now Generic (pcapng) Capture File Format".
//
// A block is its type, its total length, its body and its total length again; all but the body have 32 bits, and the body is
// padded to 32 bits. A body may end with options: a code and a length, both of 16 bits, and a value that is padded to 32 bits.
// The length is that of the value without padding.
const (
	blockSection    = 0x0a0d0d0a // SHB: the same number in both byte orders
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

	// maxText is the longest text that is written, in bytes: the length of an option has 16 bits.
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
	SnapLen     uint32 // most bytes kept of a packet; 0: no limit
	FCS         uint32 // bytes of checksum at the end of each packet; 0: none or unknown
	Nanos       bool   // times are in nanoseconds, not microseconds
}

// Statistics are counts of the packets of an interface. A counter that is nil is unknown and left out; so is a time before 1970,
// including the zero time.
type Statistics struct {
	Start, End       time.Time // of the capture; written in the interface's resolution
	Received         *uint64   // packets that came in at the interface
	InterfaceDropped *uint64   // packets that the interface dropped for want of room
	Accepted         *uint64   // packets that passed the filter
	OSDropped        *uint64   // packets that passed the filter and were dropped by the kernel
	Delivered        *uint64   // packets that were given to the capturing program
	Comments         []string
}

// NameRecord is an address with its names. tshark shows the last one, and only if asked to (-N n).
type NameRecord struct {
	Addr  netip.Addr
	Names []string
}
