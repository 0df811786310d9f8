package detached

import "syscall"

// MostStatus is the largest exit status of a process, LastSignal the last signal, and lastPhase that of a tools.Phase. There are never as many
// bytes or packets as most, and two such numbers can be added.
const (
	MostStatus = 255
	LastSignal = 64
	lastPhase  = 3
	most       = 1 << 60
)

// bound takes numbers that no podtracer says for the nearest that one may say: they become indexes, sizes and times.
func (a *About) bound() {
	a.Status = within(a.Status, 0, MostStatus)
	if a.Standing == nil {
		return
	}
	s := a.Standing
	s.Phase = within(s.Phase, 0, lastPhase)
	s.Bytes, s.Packets, s.Ring = Amount(s.Bytes), Amount(s.Packets), Amount(s.Ring)
	s.Limits.Timer, s.Limits.Packets = max(0, s.Limits.Timer), max(0, s.Limits.Packets)
	s.Limits.Size = max(-1, s.Limits.Size) // -1: no limit
	s.Exit.Code = within(s.Exit.Code, 0, MostStatus)
	s.Exit.Signal = syscall.Signal(within(int(s.Exit.Signal), 0, LastSignal))
}

// Amount is a number of bytes or packets that somebody else says, or the nearest one that there may be.
func Amount(n int64) int64 { return min(max(0, n), most) }

func within(n, least, most int) int { return min(max(n, least), most) }
