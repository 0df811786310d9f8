package text

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// log keeps lines: the newest in memory, the others on the disk. Its files have no name, so that nothing of them is left
// however podtracer ends. When it grows past its limit, the oldest lines go, by the file. Without a disk to write to it keeps
// what fits in memory.
//
// One goroutine at a time appends; any number read, and none of them waits for the disk that is written to.
type log struct {
	dir   *owndir.Dir  // where its files are made; nil keeps all in memory
	limit int64        // bytes on the disk; 0: textLimit
	room  func() error // says that the disk is nearly full; nil if nobody asks

	broken    error // why nothing more is written
	unchecked int   // bytes since the disk was looked at
	written   int   // the first blocks, which are on the disk

	mu     sync.Mutex // guards what follows; who appends may read it without
	blocks []block    // the oldest first; the last one is being filled
	files  []*textFile
	held   int // bytes of blocks that are not on the disk, but for the last
}

// textFile is a part of a text on the disk.
type textFile struct {
	file   *os.File
	size   int64
	blocks int
}

const (
	textLimit = 1 << 30  // bytes of text that are kept of a run
	textFiles = 16       // what is let go at once is that part of it
	maxKept   = 16 << 20 // bytes that are kept in memory where there is no disk
	textCheck = 1 << 20  // bytes between two looks at the disk
)

// append adds lines, which came now.
//
// Errors: the first time that lines had to go which are older than those that are kept from now on, why.
func (l *log) append(texts [][]byte, now int64, run int, note bool) error {
	l.mu.Lock()
	for _, text := range texts {
		if n := len(l.blocks); n == 0 || l.blocks[n-1].full() {
			l.begin()
		}
		l.blocks[len(l.blocks)-1].add(text, now, run, note)
	}
	l.mu.Unlock()
	return l.store()
}

// begin begins the next block; mu is held.
func (l *log) begin() {
	next := block{first: 1}
	if n := len(l.blocks); n > 0 {
		next.first = l.blocks[n-1].end()
		next.data = make([]byte, 0, blockSize+blockSize/8)
		l.held += len(l.blocks[n-1].data)
	}
	l.blocks = append(l.blocks, next)
}

// store writes the blocks that are full, and lets go of what is too much.
func (l *log) store() (told error) {
	for l.broken == nil && l.dir != nil && l.written < len(l.blocks)-1 {
		if err := l.write(&l.blocks[l.written]); err != nil {
			l.broken = err
			return fmt.Errorf("only the newest %d MiB of its text are kept from here on: %w", maxKept>>20, err)
		}
		if l.shed() {
			told = fmt.Errorf("only the newest %s of its text are kept", sizeOf(l.most()))
		}
	}
	l.forget()
	return told
}

// write writes a block to the disk.
func (l *log) write(b *block) error {
	file, err := l.current(len(b.data))
	if err != nil {
		return err
	}
	if _, err := file.file.WriteAt(b.data, file.size); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held -= len(b.data)
	b.file, b.offset, b.size, b.data = file.file, file.size, len(b.data), nil
	file.size += int64(b.size)
	file.blocks++
	l.written++
	return nil
}

// current is the file that is written, with room for more bytes.
func (l *log) current(more int) (*textFile, error) {
	if l.unchecked += more; l.room != nil && (l.unchecked >= textCheck || len(l.files) == 0) {
		l.unchecked = 0
		if err := l.room(); err != nil {
			return nil, err
		}
	}
	if n := len(l.files); n > 0 && l.files[n-1].size < l.most()/textFiles {
		return l.files[n-1], nil
	}
	f, err := l.dir.Nameless()
	if err != nil {
		return nil, fmt.Errorf("make a file for text: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = append(l.files, &textFile{file: f})
	return l.files[len(l.files)-1], nil
}

func (l *log) most() int64 {
	if l.limit > 0 {
		return l.limit
	}
	return textLimit
}

// shed lets the oldest file go if there is more on the disk than the limit, and says whether it is the first that goes.
func (l *log) shed() (first bool) {
	var total int64
	for _, f := range l.files {
		total += f.size
	}
	if total <= l.most() || len(l.files) < 2 {
		return false
	}
	first = l.blocks[0].first == 1
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
	return first
}

// drop lets the oldest file go with its blocks; mu is held.
func (l *log) drop() {
	gone := l.files[0]
	l.files = l.files[1:]
	l.blocks = slices.Delete(l.blocks, 0, gone.blocks)
	l.written -= gone.blocks
	gone.file.Close() // who reads it just now ends before
}

// forget lets the oldest lines go when too many are in memory.
func (l *log) forget() {
	if l.held <= maxKept {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.files) > 0 {
		l.drop()
	}
	gone := 0
	for ; l.held > maxKept; gone++ {
		l.held -= len(l.blocks[gone].data)
	}
	l.blocks = slices.Delete(l.blocks, 0, gone)
}

// bounds are the numbers of the oldest line and of the newest; 0 when there is none.
func (l *log) bounds() (first, last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.blocks) == 0 {
		return 0, 0
	}
	return l.blocks[0].first, l.blocks[len(l.blocks)-1].end() - 1
}

// blockOf returns the block of a line. A line that is gone has none; nor has one that has not come.
func (l *log) blockOf(number uint64) (block, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := slices.BinarySearchFunc(l.blocks, number, func(b block, number uint64) int {
		switch {
		case number < b.first:
			return 1
		case number >= b.end():
			return -1
		default:
			return 0
		}
	})
	if !found {
		return block{}, false
	}
	return l.blocks[i], true
}

// before returns the last block that begins before a time; false if there is none.
func (l *log) before(came int64) (block, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, _ := slices.BinarySearchFunc(l.blocks, came, func(b block, came int64) int {
		if b.came < came {
			return -1
		}
		return 1
	})
	if i == 0 {
		return block{}, false
	}
	return l.blocks[i-1], true
}

// close gives the disk back. What is read after it is gone.
func (l *log) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.file.Close())
	}
	l.files, l.blocks, l.written, l.held = nil, nil, 0, 0
	return errors.Join(errs...)
}

func sizeOf(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
