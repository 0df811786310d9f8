package spool

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// growth reports writes to a file by any process (inotify(7)), so that the file need not be polled.
type growth struct{ events *os.File }

// openGrowth begins to watch a file.
//
// Errors: those of inotify_init1(2) and inotify_add_watch(2), such as that the user has no watches left.
func openGrowth(f *os.File) (*growth, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch the spool: %w", err)
	}
	g := &growth{os.NewFile(uintptr(fd), "inotify")}
	if _, err := unix.InotifyAddWatch(fd, "/proc/self/fd/"+strconv.Itoa(int(f.Fd())), unix.IN_MODIFY); err != nil {
		g.close()
		return nil, fmt.Errorf("watch the spool: %w", err)
	}
	return g, nil
}

// wait waits until the file is written to, or was since the last wait, for at most that long, and not beyond the end of ctx.
func (g *growth) wait(ctx context.Context, most time.Duration) {
	_ = g.events.SetReadDeadline(time.Now().Add(most)) // cannot fail: the runtime polls it
	defer context.AfterFunc(ctx, func() { _ = g.events.SetReadDeadline(time.Unix(1, 0)) })()
	buffer := make([]byte, 16*unix.SizeofInotifyEvent)
	_, _ = g.events.Read(buffer) // the events do not matter: the file is checked next
}

func (g *growth) close() { _ = g.events.Close() }
