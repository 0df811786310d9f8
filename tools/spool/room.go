package spool

import "fmt"

// How much room there is for what the tool writes next: for what it writes in several looks.
const (
	leastRoom = 8 << 20 // bytes
	lastRoom  = 1 << 20 // when no more is to be had
	mostRoom  = 256 << 20
	roomLooks = 8
)

// reserve makes room behind the end of the file, which has grown by some bytes since the last look.
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

// giveBack gives back what was reserved, and nothing that the tool has written, also if it could not be looked at.
func (s *File) giveBack() {
	info, err := s.file().Stat()
	if err != nil {
		return // it is given back with the file
	}
	s.written = max(s.written, info.Size())
	_ = s.file().Truncate(s.written) // as above
}
