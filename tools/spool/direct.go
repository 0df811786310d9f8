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

// A capture that is kept as it comes is written into the spool by the tool itself: podtracer only looks at what is there
// already. Through a pipe and podtracer every byte would be copied twice more, which costs as much again as the capture.
//
// tcpdump does not look whether its writes succeed: on a full disk it would go on and leave parts of packets out. So there is
// always room reserved for what it writes next, and it is stopped when no more can be reserved.

// ForTool opens the spool for the tool, to append to; the tool cannot read it. It returns nil where no room can be reserved.
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

// SizeOnDisk is how many bytes there are, also of what nobody has looked at yet; without a ring.
func (s *File) SizeOnDisk() int64 {
	info, err := s.file().Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// How often the file is looked at when nothing comes, or much. Each look costs as much as hundreds of packets.
const (
	quietFor = 2 * time.Second        // nothing comes: from now on it is waited for
	lookIdle = 250 * time.Millisecond // where it cannot be waited for
	mostIdle = time.Second            // for file systems that do not tell, and whoever begins to read along

	manyBytes = 64 << 10 // since the last look: nobody reads these one by one
	lookMany  = 100 * time.Millisecond
)

// Watch takes note of what the tool writes into the spool, until ctx ends, and then of the rest. Each time, grown is told
// how much that was, and whether there is room for more.
//
// While nobody waits for packets it only looks how large the file is, and finds the packets at the end: to read along costs
// more than all the rest.
func (s *File) Watch(ctx context.Context, every time.Duration, grown func(bytes int, err error)) {
	buffer := make([]byte, 256<<10)
	var end int64
	idle, grew := idle{file: s.file()}, time.Now()
	defer idle.end()
	for ended := false; !ended; {
		ended = ctx.Err() != nil
		info, err := s.file().Stat()
		if err != nil {
			_ = s.publish(err) // the state has it
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

// idle waits for a file that nothing comes to.
type idle struct {
	file   *os.File
	growth *growth // nil while it is not watched
	cannot bool    // be watched
}

// wait waits for something to come. What came before the file was watched is found with the look after that, so the first wait
// is a short one.
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

// end ends the watch, which costs the tool a little with each write.
func (i *idle) end() {
	if i.growth != nil {
		i.growth.close()
		i.growth = nil
	}
}

// look takes note of what is new in the file.
func (s *File) look(buffer []byte) {
	for {
		now, _ := s.state.Get()
		if now.Full != nil || now.Err != nil {
			return
		}
		n, err := s.file().ReadAt(buffer, s.written)
		if n > 0 {
			_ = s.publish(s.note(buffer[:n])) // the state has it
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

// note takes note of p, which stands in the file behind what was noted before.
func (s *File) note(p []byte) (err error) {
	if s.scanner != nil {
		_, err = s.scan(p)
	}
	s.written += int64(len(p))
	s.mu.Lock()
	s.segments[0].size = s.written
	s.mu.Unlock()
	if s.scanner == nil && s.limits.Size > 0 && s.written > s.limits.Size {
		s.whole.Offset = s.limits.Size // bytes that are no packets are cut anywhere
		err = ErrMaxSize
	}
	return err
}
