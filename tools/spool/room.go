package spool

import "fmt"

// How much room is reserved: for what the tool writes between several checks.
const (
	leastRoom = 8 << 20 // bytes
	lastRoom  = 1 << 20 // if no more can be had
	mostRoom  = 256 << 20
	roomLooks = 8
)

// reserve reserves room after the end of the file, which has grown by some bytes since the last check.
func (s *File) reserve(end, some int64) error {
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

// giveBack frees the reserved room, but never what the tool has written, even if that could not be read.
func (s *File) giveBack() {
	info, err := s.file().Stat()
	if err != nil {
		return // it is freed with the file
	}
	s.written = max(s.written, info.Size())
	_ = s.file().Truncate(s.written) // if it fails, the room is freed with the file
}
