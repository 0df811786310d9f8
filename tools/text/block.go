package text

import (
	"encoding/binary"
	"os"
	"time"
)

// block is a sequence of lines: the unit in which a text is written, read and searched. Bytes of its data never change once they
// are there, so whoever has got a block may read it while more is appended.
type block struct {
	first uint64 // number of the first line
	count int    // lines
	came  int64  // when the first line came, in Unix nanoseconds
	last  int64  // when the last line came, in Unix nanoseconds
	data  []byte // the lines; nil once they are in the file

	continues bool // the line before the first one is continued
	long      bool // the last line is

	file   *os.File
	offset int64 // in the file
	size   int   // in the file, in bytes
}

// blockSize is how many bytes a block gets before the next one begins: few enough to be read for a single line.
const blockSize = 32 << 10

// record is where a line is in the data of a block.
type record struct {
	from, to int
	came     int64
	run      int
	note     bool
}

// add appends a line: the length of its text and whether it is a note, the time since the line before, its run, and the text.
func (b *block) add(text []byte, came int64, run int, note bool) {
	if b.count == 0 {
		b.came, b.last = came, came
	}
	head := uint64(len(text)) << 1
	if note {
		head |= 1
	}
	b.data = binary.AppendUvarint(b.data, head)
	b.data = binary.AppendUvarint(b.data, uint64(came-b.last))
	b.data = binary.AppendUvarint(b.data, uint64(run))
	b.data = append(b.data, text...)
	b.last = came
	b.long = len(text) == MaxLine
	b.count++
}

// full says that the next line goes into a new block.
func (b *block) full() bool { return len(b.data) >= blockSize }

// end is the number after the last line.
func (b *block) end() uint64 { return b.first + uint64(b.count) }

// read returns the data of a block, in buffer if that is large enough.
//
// Errors: os.ErrClosed if the block was dropped in the meantime; errors of the disk.
func (b *block) read(buffer []byte) ([]byte, error) {
	if b.data != nil {
		return b.data, nil
	}
	if cap(buffer) < b.size {
		buffer = make([]byte, b.size)
	}
	_, err := b.file.ReadAt(buffer[:b.size], b.offset)
	return buffer[:b.size], err
}

// records finds the lines in the data of a block.
func (b *block) records(data []byte, into []record) []record {
	into = into[:0]
	came, at := b.came, 0
	number := func() uint64 {
		v, n := binary.Uvarint(data[at:])
		at += n
		return v
	}
	for range b.count {
		head := number()
		came += int64(number())
		run := int(number())
		from := at
		at += int(head >> 1)
		into = append(into, record{from, at, came, run, head&1 == 1})
	}
	return into
}

// line returns the i-th line of a block.
func (b *block) line(data []byte, i int, r record) Line {
	return Line{Number: b.first + uint64(i), Text: string(data[r.from:r.to]), Time: time.Unix(0, r.came), Run: r.run, Note: r.note}
}
