package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// place says where a packet of a set is: in which of its captures, and under which number there.
type place struct {
	from   int
	number int64
}

// order is the places of a set's packets, in files without a name: 8 bytes for each packet, 512 MiB at most, after which the oldest
// 8 MiB are dropped. Places are numbered from 1 on.
//
// One goroutine at a time appends and drops. Any number may read.
type order struct {
	dir  *owndir.Dir
	room func() error // returns an error if the disk is nearly full; nil: not checked

	pending []byte // what is not in a file yet

	mu    sync.Mutex // guards the fields below; whoever appends may read them without it
	parts []*os.File // the oldest first; all but the last are full
	first int64      // number of the first place in them
	last  int64      // number of the last place in them
}

const (
	placeLen   = 8
	numberBits = 48
	partPlaces = 1 << 20 // places in a file
	mostParts  = 64
)

func newOrder(dir *owndir.Dir, room func() error) order {
	return order{dir: dir, room: room, first: 1}
}

// add adds a place; flush makes it readable.
func (o *order) add(p place) {
	o.pending = binary.LittleEndian.AppendUint64(o.pending, uint64(p.from)<<numberBits|uint64(p.number))
}

// flush writes what was added.
func (o *order) flush() error {
	for len(o.pending) > 0 {
		used := (o.last - o.first + 1) % partPlaces
		if used == 0 {
			if err := o.begin(); err != nil {
				return err
			}
		}
		n := min(int64(len(o.pending)), (partPlaces-used)*placeLen)
		if _, err := o.parts[len(o.parts)-1].WriteAt(o.pending[:n], used*placeLen); err != nil {
			return fmt.Errorf("write the order of packets: %w", err)
		}
		o.pending = o.pending[:copy(o.pending, o.pending[n:])]
		o.mu.Lock()
		o.last += n / placeLen
		o.mu.Unlock()
	}
	return nil
}

// begin begins the next file.
func (o *order) begin() error {
	if o.room != nil {
		if err := o.room(); err != nil {
			return fmt.Errorf("the order of packets has no room: %w", err)
		}
	}
	f, err := o.dir.Nameless()
	if err != nil {
		return fmt.Errorf("make a file for the order of packets: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.parts = append(o.parts, f)
	for len(o.parts) > mostParts {
		o.dropOldest()
	}
	return nil
}

// drop drops the files whose places are all before a number.
func (o *order) drop(before int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.parts) > 1 && o.first+partPlaces <= before {
		o.dropOldest()
	}
}

// dropOldest drops the oldest file; the caller holds mu.
func (o *order) dropOldest() {
	_ = o.parts[0].Close() // nothing of it is needed any more
	o.parts = o.parts[1:]
	o.first += partPlaces
}

// read returns the places with the numbers from first to last, as far as they are there, and the number of the first of them.
func (o *order) read(first, last int64) ([]place, int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first, last = max(first, o.first), min(last, o.last)
	if first > last {
		return nil, first, nil
	}
	out, buffer := make([]place, 0, last-first+1), make([]byte, (last-first+1)*placeLen)
	for at := first; at <= last; {
		part, inPart := (at-o.first)/partPlaces, (at-o.first)%partPlaces
		n := min(last-at+1, partPlaces-inPart)
		if _, err := o.parts[part].ReadAt(buffer[:n*placeLen], inPart*placeLen); err != nil {
			return nil, first, fmt.Errorf("read the order of packets: %w", err)
		}
		for i := range n {
			v := binary.LittleEndian.Uint64(buffer[i*placeLen:])
			out = append(out, place{from: int(v >> numberBits), number: int64(v & (1<<numberBits - 1))})
		}
		at += n
	}
	return out, first, nil
}

// oldest is the number of the first place that is there.
func (o *order) oldest() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.first
}

func (o *order) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range o.parts {
		_ = f.Close()
	}
	o.parts, o.last = nil, o.first-1
}
