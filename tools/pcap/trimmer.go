package pcap

import (
	"bytes"
	"fmt"
)

// Trimmer cuts each packet of a stream behind its transport header. Of a packet that it does not understand nothing is kept
// but that it was there, and when, and its length.
type Trimmer struct {
	header  Header
	started bool
	pending []byte // the beginning of what is not whole yet
	out     []byte
	broken  error // why the stream is not packets any more; nothing is kept of what comes then
}

// Trim takes the stream as it comes, and returns what is kept of the packets that are whole now. It is good until the next
// call.
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

// Broken says why the stream is not packets any more, if it is not.
func (t *Trimmer) Broken() error { return t.broken }

// Pending is how many bytes it holds that are no whole packet yet.
func (t *Trimmer) Pending() int { return len(t.pending) }

// take takes what is whole.
//
// Errors: ErrFormat behind the last packet of what is not
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

const maxTrimmed = 1 << 20 // bytes of a packet that is believed; Linux captures 256 KiB of one at most

// begin takes the stream's head.
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

// packet keeps the head of the packet at the beginning of p, and its headers, and returns how long it was.
func (t *Trimmer) packet(p []byte) int {
	captured := int(t.header.Order.Uint32(p[8:]))
	size := PacketHeaderLen + captured
	headers := Parse(t.header.LinkType, p[PacketHeaderLen:size]).Headers
	at := len(t.out)
	t.out = append(t.out, p[:PacketHeaderLen+headers]...)
	t.header.Order.PutUint32(t.out[at+8:], uint32(headers))
	return size
}
