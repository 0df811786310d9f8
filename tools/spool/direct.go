package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fennec-project/podtracer/internal/pause"
)

// A capture that is kept unchanged is written into the spool by the tool itself; podtracer only reads what is there. Through a
// pipe and podtracer every byte would be copied twice more, which costs as much again as the capture.
//
// tcpdump does not check whether its writes succeed: on a full disk it would go on and lose parts of packets. So room is always
// reserved for its next writes, and it is stopped when no more can be reserved.

// ForTool opens the spool for the tool, for appending only. It returns nil if no room can be reserved.
func (s *File) ForTool() (*os.File, error) {
	if s.reserve(0, 0) != nil {
		return nil, nil
	}
	f, err := s.dir.OpenFile(s.name, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, fmt.Errorf("open spool for the tool: %w", err)
	}
	return f, nil
}

func (s *File) file() *os.File { return s.segments[0].file }

// SizeOnDisk is the size of the file in bytes, including bytes that Watch has not seen yet. It is for spools without a ring.
func (s *File) SizeOnDisk() int64 {
	info, err := s.file().Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// How often the file is checked when little or much comes. Each check costs as much as hundreds of packets.
const (
	quietFor = 2 * time.Second        // after this time without growth, Watch waits for growth instead of polling
	lookIdle = 250 * time.Millisecond // poll interval where growth cannot be waited for
	mostIdle = time.Second            // longest wait, for file systems that do not report writes, and for new readers

	manyBytes = 64 << 10 // bytes per check above which nobody reads the packets one by one
	lookMany  = 100 * time.Millisecond
)

// Watch notes what the tool writes into the spool, until ctx ends, and then the rest. It reports each growth in bytes to grown, with
// an error if no more room can be reserved.
//
// While nobody waits for packets, it only checks the file's size and finds the packets at the end, because reading along costs more
// than everything else.
func (s *File) Watch(ctx context.Context, every time.Duration, grown func(bytes int, err error)) {
	buffer := make([]byte, 256<<10)
	var end int64
	idle, grew := idle{file: s.file()}, time.Now()
	defer idle.end()
	for ended := false; !ended; {
		ended = ctx.Err() != nil
		info, err := s.file().Stat()
		if err != nil {
			_ = s.publish(err) // the state has the error
			grown(0, nil)
			pause.For(ctx, every)
			continue
		}
		some := info.Size() - end
		end += some
		wanted := s.awaited.Load() || s.limits.Packets > 0 || s.limits.Size > 0 && end > s.limits.Size
		if ended || wanted && s.written < end {
			s.look(buffer)
		}
		if some > 0 {
			grew = time.Now()
		}
		if some > 0 || ended {
			s.syncer.note(int(some))
			grown(int(some), s.reserve(end, some))
		}
		switch {
		case ended:
		case time.Since(grew) > quietFor:
			idle.wait(ctx, every)
		case some > manyBytes:
			idle.end()
			pause.For(ctx, max(every, lookMany))
		default:
			idle.end()
			pause.For(ctx, every)
		}
	}
}

// idle waits for a file to grow.
type idle struct {
	file   *os.File
	growth *growth // nil if the file is not watched
	cannot bool    // watching the file has failed
}

// wait waits for growth. The first wait is short, because the check after it finds what came before the watch began.
func (i *idle) wait(ctx context.Context, first time.Duration) {
	switch {
	case i.growth != nil:
		i.growth.wait(ctx, mostIdle)
	case i.cannot:
		pause.For(ctx, max(first, lookIdle))
	default:
		var err error
		i.growth, err = openGrowth(i.file)
		i.cannot = err != nil
		pause.For(ctx, first)
	}
}

// end ends the watch, because it slows the tool's writes a little.
func (i *idle) end() {
	if i.growth != nil {
		i.growth.close()
		i.growth = nil
	}
}

// look notes what is new in the file.
func (s *File) look(buffer []byte) {
	for {
		now, _ := s.state.Get()
		if now.Full != nil || now.Err != nil {
			return
		}
		n, err := s.file().ReadAt(buffer, s.written)
		if n > 0 {
			_ = s.publish(s.note(buffer[:n])) // the state has the error
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			_ = s.publish(err)
			return
		}
	}
}

// note notes p, the next bytes of the file.
func (s *File) note(p []byte) (err error) {
	if s.scanner != nil {
		_, err = s.scan(p)
	}
	s.written += int64(len(p))
	s.mu.Lock()
	s.segments[0].size = s.written
	s.mu.Unlock()
	if s.scanner == nil && s.limits.Size > 0 && s.written > s.limits.Size {
		s.whole.Offset = s.limits.Size // bytes that are not packets can be cut anywhere
		err = ErrMaxSize
	}
	return err
}
