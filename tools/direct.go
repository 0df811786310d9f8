package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// A capture that is kept as it comes is written into the spool by the tool itself: podtracer only looks at what is there
// already. Through a pipe and podtracer every byte would be copied twice more, which costs as much again as the capture.
//
// tcpdump does not look whether its writes succeed: on a full disk it would go on and leave parts of packets out. So there is
// always room reserved for what it writes next, and it is stopped when no more can be reserved.

// mayBeDirect says whether the tool of a run may write into the spool itself. It may not if something has to be done to the
// stream before, nor where AppArmor, which knows tcpdump and lets it write to few files, might not let it.
func (r *run) mayBeDirect() bool {
	return r.plan.Capture && !r.request.Headers && r.request.Ring.Size == 0 && r.request.Keys == nil && !launch.ConfinesTools()
}

// How much room there is for what the tool writes next: for what it writes in several looks.
const (
	leastRoom = 8 << 20 // bytes
	lastRoom  = 1 << 20 // when no more is to be had
	mostRoom  = 256 << 20
	roomLooks = 8
)

// reserve makes room behind the end of the file, which has grown by some bytes since the last look.
func (s *spool) reserve(end, some int64) error {
	want := min(mostRoom, max(leastRoom, roomLooks*some))
	defer func() { s.ahead.Store(max(0, s.room-end)) }()
	if s.room-end >= want/2 {
		return nil
	}
	for {
		err := allocate(s.file(), end, want)
		if err == nil {
			s.room = end + want
			return nil
		}
		if want /= 2; want < lastRoom {
			return fmt.Errorf("make room in the spool: %w", err)
		}
	}
}

// forTool opens the spool for the tool, to append to. The tool cannot read it.
func (s *spool) forTool() (*os.File, error) {
	f, err := s.dir.OpenFile(s.name, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, fmt.Errorf("open spool for the tool: %w", err)
	}
	return f, nil
}

func (s *spool) file() *os.File { return s.segments[0].file }

// How often the file is looked at: soon again where somebody waits for every packet, seldom where tcpdump itself waits until
// it has many. Each look costs as much as hundreds of packets.
const (
	lookLive  = 25 * time.Millisecond
	lookQuiet = 200 * time.Millisecond

	quietFor = 2 * time.Second        // nothing comes: from now on it is waited for
	lookIdle = 250 * time.Millisecond // where it cannot be waited for
	mostIdle = time.Second            // for file systems that do not tell, and whoever begins to read along

	manyBytes = 64 << 10 // since the last look: nobody reads these one by one
	lookMany  = 100 * time.Millisecond
)

func (r *run) look() time.Duration {
	if r.plan.Live {
		return lookLive
	}
	return lookQuiet
}

// watchFile takes note of what the tool writes into the spool, until ctx ends, and then of the rest. Each time, grown is told
// how much that was, and whether there is room for more.
//
// While nobody waits for packets it only looks how large the file is, and finds the packets at the end: to read along costs
// more than all the rest.
func (s *spool) watchFile(ctx context.Context, every time.Duration, grown func(bytes int, err error)) {
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
			pause(ctx, every)
			continue
		}
		some := info.Size() - end
		end += some
		wanted := s.awaited.Load() || s.limits.packets > 0 || s.limits.size > 0 && end > s.limits.size
		if ended || wanted && s.written < end {
			s.look(buffer)
		}
		if some > 0 {
			grew = time.Now()
		}
		if some > 0 || ended {
			grown(int(some), s.reserve(end, some))
		}
		switch {
		case ended:
		case time.Since(grew) > quietFor:
			idle.wait(ctx, every)
		case some > manyBytes:
			idle.end()
			pause(ctx, max(every, lookMany))
		default:
			idle.end()
			pause(ctx, every)
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
		pause(ctx, max(first, lookIdle))
	default:
		var err error
		i.growth, err = openGrowth(i.file)
		i.cannot = err != nil
		pause(ctx, first)
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
func (s *spool) look(buffer []byte) {
	for {
		now, _ := s.state.Get()
		if now.full != nil || now.err != nil {
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
func (s *spool) note(p []byte) (err error) {
	if s.scanner != nil {
		_, err = s.scan(p)
	}
	s.written += int64(len(p))
	s.mu.Lock()
	s.segments[0].size = s.written
	s.mu.Unlock()
	if s.scanner == nil && s.limits.size > 0 && s.written > s.limits.size {
		s.whole.offset = s.limits.size // bytes that are no packets are cut anywhere
		err = ErrMaxSize
	}
	return err
}
