package tools

import (
	"bytes"
	"fmt"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// headersSnapLen is as many bytes of a packet as its headers can have, in all but the strangest packets: VLAN tags, IPv6
// with extensions, TCP with options.
const headersSnapLen = "256"

// headersOnly lets a tcpdump take the beginning of each packet only, so that the rest never leaves the kernel. An -s of the
// person's own, which stands behind it, counts more.
func headersOnly(argv []string) []string {
	return append([]string{argv[0], "-s", headersSnapLen}, argv[1:]...)
}

// trimmer cuts each packet of a stream behind its transport header. Of a packet that it does not understand nothing is kept
// but that it was there, and when, and its length.
type trimmer struct {
	header  pcap.Header
	started bool
	pending []byte // the beginning of what is not whole yet
	out     []byte
}

// trim takes the stream as it comes, and returns what is kept of the packets that are whole now. It is good until the next
// call.
//
// Errors: pcap.ErrFormat behind what is not pcap, of which nothing is kept.
func (t *trimmer) trim(p []byte) ([]byte, error) {
	t.pending = append(t.pending, p...)
	t.out = t.out[:0]
	if !t.started {
		if err := t.begin(); err != nil || !t.started {
			return nil, err
		}
	}
	whole, _ := t.header.Whole(t.pending)
	for at := 0; at < whole; {
		at += t.packet(t.pending[at:])
	}
	t.pending = append(t.pending[:0], t.pending[whole:]...)
	if len(t.pending) > maxPending {
		return t.out, fmt.Errorf("%w: a packet of more than %d bytes", pcap.ErrFormat, maxPending)
	}
	return t.out, nil
}

const maxPending = 1 << 20

// begin takes the stream's head.
func (t *trimmer) begin() error {
	if len(t.pending) < pcap.FileHeaderLen {
		return nil
	}
	packets, err := pcap.NewReader(bytes.NewReader(t.pending))
	if err != nil {
		return err
	}
	t.header, t.started = packets.Header(), true
	t.out = append(t.out, packets.RawHeader()...)
	t.pending = append(t.pending[:0], t.pending[pcap.FileHeaderLen:]...)
	return nil
}

// packet keeps the head of the packet at the beginning of p, and its headers, and returns how long it was.
func (t *trimmer) packet(p []byte) int {
	captured := int(t.header.Order.Uint32(p[8:]))
	size := pcap.PacketHeaderLen + captured
	headers := pcap.Parse(t.header.LinkType, p[pcap.PacketHeaderLen:size]).Headers
	at := len(t.out)
	t.out = append(t.out, p[:pcap.PacketHeaderLen+headers]...)
	t.header.Order.PutUint32(t.out[at+8:], uint32(headers))
	return size
}
