package pcap

import (
	"bytes"
	"fmt"
)

// Trimmer cuts each packet of a stream after its transport header. Of a packet that it does not understand, it keeps the packet
// header, with time and length, but no data.
type Trimmer struct {
	header  Header
	started bool
	pending []byte // beginning of an incomplete packet
	out     []byte
	broken  error // why the stream is no longer packets; everything after that is dropped
}

// Trim takes the next bytes of the stream, and returns what is kept of the packets that are now complete. The result is valid until
// the next call.
func (t *Trimmer) Trim(p []byte) []byte {
	t.out = t.out[:0]
	if t.broken != nil {
		return nil
	}
	t.pending = append(t.pending, p...)
	if t.broken = t.take(); t.broken != nil {
		t.pending = nil
	}
	return t.out
}

// Broken says why the stream is no longer packets; nil if it is.
func (t *Trimmer) Broken() error { return t.broken }

// Pending is how many bytes of an incomplete packet it holds.
func (t *Trimmer) Pending() int { return len(t.pending) }

// take trims the complete packets.
//
// Errors: ErrFormat after the last valid packet.
func (t *Trimmer) take() error {
	if !t.started {
		if err := t.begin(); err != nil || !t.started {
			return err
		}
	}
	whole, _ := t.header.Whole(t.pending)
	for at := 0; at < whole; {
		at += t.packet(t.pending[at:])
	}
	t.pending = append(t.pending[:0], t.pending[whole:]...)
	if len(t.pending) < PacketHeaderLen {
		return nil
	}
	if captured := t.header.Order.Uint32(t.pending[8:]); captured > maxTrimmed {
		return fmt.Errorf("%w: a packet of %d bytes", ErrFormat, captured)
	}
	return nil
}

const maxTrimmed = 1 << 20 // bytes of a packet that are accepted; Linux captures at most 256 KiB of one

// begin reads the file header.
func (t *Trimmer) begin() error {
	if len(t.pending) < FileHeaderLen {
		return nil
	}
	packets, err := NewReader(bytes.NewReader(t.pending))
	if err != nil {
		return err
	}
	t.header, t.started = packets.Header(), true
	t.out = append(t.out, packets.RawHeader()...)
	t.pending = append(t.pending[:0], t.pending[FileHeaderLen:]...)
	return nil
}

// packet keeps the header of the packet at the beginning of p and its protocol headers, and returns the packet's size.
func (t *Trimmer) packet(p []byte) int {
	captured := int(t.header.Order.Uint32(p[8:]))
	size := PacketHeaderLen + captured
	headers := Parse(t.header.LinkType, p[PacketHeaderLen:size]).Headers
	at := len(t.out)
	t.out = append(t.out, p[:PacketHeaderLen+headers]...)
	t.header.Order.PutUint32(t.out[at+8:], uint32(headers))
	return size
}
