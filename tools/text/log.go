package text

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// log keeps lines: the newest in memory, the others on the disk in files without a name, so that nothing is left however podtracer
// ends. When it grows past its limit, the oldest lines are dropped, a file at a time. Without a disk it keeps what fits in memory.
//
// One goroutine at a time appends. Any number may read, and no reader waits for a write to the disk.
type log struct {
	dir   *owndir.Dir  // directory of its files; nil: keep all lines in memory
	limit int64        // bytes on the disk; 0: textLimit
	room  func() error // returns an error if the disk is nearly full; nil: not checked

	broken    error // why nothing more is written to the disk
	unchecked int   // bytes since the disk was last checked
	written   int   // how many blocks, the oldest, are on the disk

	mu     sync.Mutex // guards the fields below; whoever appends may read them without it
	blocks []block    // the oldest first; the last one is being filled
	files  []*textFile
	held   int // bytes of blocks that are in memory only, without the last block
}

// textFile is a part of a text on the disk.
type textFile struct {
	file   *os.File
	size   int64
	blocks int
}

const (
	textLimit = 1 << 30  // bytes of text kept of a run
	textFiles = 16       // a text has at most so many files, which are dropped one by one
	maxKept   = 16 << 20 // bytes kept in memory if there is no disk
	textCheck = 1 << 20  // bytes between two checks of the disk
)

// append adds lines that came now.
//
// Errors: why lines had to be dropped, the first time that this happens.
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

// begin begins the next block; the caller holds mu.
func (l *log) begin() {
	next := block{first: 1}
	if n := len(l.blocks); n > 0 {
		next.first, next.continues = l.blocks[n-1].end(), l.blocks[n-1].long
		next.data = make([]byte, 0, blockSize+blockSize/8)
		l.held += len(l.blocks[n-1].data)
	}
	l.blocks = append(l.blocks, next)
}

// store writes full blocks to the disk, and drops the lines that are too many.
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

// current returns the file to write to, with room for more bytes.
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

// shed drops the oldest file if more is on the disk than the limit; first says that it is the first file dropped.
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

// drop drops the oldest file with its blocks; the caller holds mu.
func (l *log) drop() {
	gone := l.files[0]
	l.files = l.files[1:]
	l.blocks = slices.Delete(l.blocks, 0, gone.blocks)
	l.written -= gone.blocks
	gone.file.Close() // waits for readers of the file
}

// forget drops the oldest lines when too many are in memory.
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

// bounds returns the numbers of the oldest and the newest line; 0 if there is none.
func (l *log) bounds() (first, last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.blocks) == 0 {
		return 0, 0
	}
	return l.blocks[0].first, l.blocks[len(l.blocks)-1].end() - 1
}

// blockOf returns the block of a line; false if the line was dropped or has not come.
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

// close frees the disk space. After it, no lines can be read.
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
