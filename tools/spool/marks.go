package spool

// A spool remembers the ends of some of its last packets, to which readers can jump.
const (
	markEvery = 64 << 10 // bytes between two of them
	marksKept = 16
)

// markEnd adds a mark at the end of a packet if the last mark is far enough away.
func (s *File) markEnd(end Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.marks); n > 0 && end.Offset-s.marks[n-1].Offset < markEvery {
		return
	}
	s.marks = append(s.marks, end)
	if len(s.marks) > marksKept {
		s.marks = append(s.marks[:0], s.marks[1:]...)
	}
}

// ShortOf returns the end of a packet about that many bytes before the end of the spool.
func (s *File) ShortOf(bytes int64) Mark {
	now, _ := s.state.Get()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.marks) - 1; i >= 0; i-- {
		if now.End.Offset-s.marks[i].Offset >= bytes {
			return s.marks[i]
		}
	}
	return now.End
}

// Near returns the last mark at or before the end of a packet.
func (s *File) Near(packets int64) (best Mark, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	try := func(m Mark) {
		if m.Packets <= packets && (!ok || m.Packets > best.Packets) {
			best, ok = m, true
		}
	}
	for _, m := range s.marks {
		try(m)
	}
	for _, g := range s.segments {
		try(g.start)
	}
	return best, ok
}
