package newfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// Eager is a file that begins to go to the disk while it is written, so that little is left when it is synced. It is written from its
// beginning on.
type Eager struct {
	File *os.File

	written, begun int64
}

// eagerly is how many bytes begin to go to the disk at once.
const eagerly = 8 << 20

func (e *Eager) Write(p []byte) (int, error) {
	n, err := e.File.Write(p)
	if e.written += int64(n); e.written-e.begun >= eagerly {
		e.begin()
	}
	return n, err
}

// begin does not wait for the disk, unless that has no room for further requests. That it fails is noticed by whoever syncs the file.
func (e *Eager) begin() {
	conn, err := e.File.SyscallConn() // not Fd, which would make writes block a thread
	if err == nil {
		_ = conn.Control(func(fd uintptr) {
			_ = unix.SyncFileRange(int(fd), e.begun, e.written-e.begun, unix.SYNC_FILE_RANGE_WRITE)
		})
	}
	e.begun = e.written
}
