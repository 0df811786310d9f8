package pcap

import (
	"errors"
	"fmt"
	"io"
)

// Merger reads the packets of several streams in the order of their times.
//
// It never changes the order within a stream: a packet that is older than the one before it, because the clock was set back or two
// CPUs captured at once, follows that one at once, and no packet of another stream comes in between or changes its place. Of packets
// with the same time, that of the first stream comes first.
//
// It holds one packet of each stream and a buffer of 32 to 256 KiB for each: 16 MiB for 64 to 512 streams.
type Merger struct {
	streams []*Reader
	shifts  []func(nanos int64) int64
	packets [][]byte // the next packet of each stream
	heads   []head   // a heap of the streams that go on; the one with the earliest packet is the first
	taken   bool     // the first packet was returned
}

// head says when the next packet of a stream was captured. It has no pointer, so that moving it costs little.
type head struct {
	at     int64 // nanoseconds since 1970
	stream int
}

// NewMerger reads the file headers of the streams, and the first packet of each.
//
// Errors: those of NewReader and Reader.Next, with the number of the stream.
func NewMerger(streams []io.Reader) (*Merger, error) {
	return NewShiftedMerger(streams, make([]func(int64) int64, len(streams)))
}

// NewShiftedMerger is NewMerger for streams whose packets get other times, in nanoseconds since 1970; nil: they keep theirs. The order
// is that of the new times.
func NewShiftedMerger(streams []io.Reader, shifts []func(nanos int64) int64) (*Merger, error) {
	const all, least, most = 16 << 20, 32 << 10, 256 << 10
	m := &Merger{packets: make([][]byte, len(streams)), shifts: shifts}
	for i, stream := range streams {
		r, err := newReaderSize(stream, min(most, max(least, all/len(streams))))
		if err != nil {
			return nil, inStream(i, err)
		}
		m.streams = append(m.streams, r)
		h, err := m.read(i)
		switch {
		case err == nil:
			m.heads = append(m.heads, h)
		case !errors.Is(err, io.EOF):
			return nil, err
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

func inStream(i int, err error) error { return fmt.Errorf("stream %d: %w", i, err) }

// Header returns the file header of a stream.
func (m *Merger) Header(stream int) Header { return m.streams[stream].header }

// Next returns the next packet with its header, and the number of its stream. The bytes are valid until the next call.
//
// Errors: io.EOF after the last packet; those of Reader.Next, with the number of the stream.
func (m *Merger) Next() (stream int, packet []byte, err error) {
	if m.taken {
		m.taken = false
		if err := m.advance(); err != nil {
			return 0, nil, err
		}
	}
	if len(m.heads) == 0 {
		return 0, nil, io.EOF
	}
	m.taken = true
	stream = m.heads[0].stream
	return stream, m.packets[stream], nil
}

// advance puts the next packet of the first stream of the heap in its place.
func (m *Merger) advance() error {
	h, err := m.read(m.heads[0].stream)
	switch {
	case err == nil:
		m.heads[0] = h
	case errors.Is(err, io.EOF):
		last := len(m.heads) - 1
		m.heads[0], m.heads = m.heads[last], m.heads[:last]
	default:
		return err
	}
	m.sink(0)
	return nil
}

func (m *Merger) read(stream int) (head, error) {
	r := m.streams[stream]
	packet, err := r.Next()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = inStream(stream, err)
		}
		return head{}, err
	}
	if shift := m.shifts[stream]; shift != nil {
		r.header.setNanos(packet, shift(r.header.nanos(packet)))
	}
	m.packets[stream] = packet
	return head{at: r.header.nanos(packet), stream: stream}, nil
}

// sink moves a packet down the heap, until no earlier one is below it.
func (m *Merger) sink(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heads); child++ {
			if m.heads[child].before(m.heads[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		m.heads[i], m.heads[first] = m.heads[first], m.heads[i]
		i = first
	}
}

func (h head) before(other head) bool {
	return h.at < other.at || h.at == other.at && h.stream < other.stream
}
