package detached

import "syscall"

// mostStatus is the largest exit status of a process, and lastPhase that of a tools.Phase.
const (
	mostStatus = 255
	lastPhase  = 3
	lastSignal = 64
)

// bound takes numbers that no podtracer says for the nearest that one may say: they become indexes, sizes and times.
func (a *About) bound() {
	a.Status = within(a.Status, 0, mostStatus)
	if a.Standing == nil {
		return
	}
	s := a.Standing
	s.Phase = within(s.Phase, 0, lastPhase)
	s.Bytes, s.Packets, s.Ring = max(0, s.Bytes), max(0, s.Packets), max(0, s.Ring)
	s.Limits.Timer, s.Limits.Packets = max(0, s.Limits.Timer), max(0, s.Limits.Packets)
	s.Limits.Size = max(-1, s.Limits.Size) // -1: no limit
	s.Exit.Code = within(s.Exit.Code, 0, mostStatus)
	s.Exit.Signal = syscall.Signal(within(int(s.Exit.Signal), 0, lastSignal))
}

func within(n, least, most int) int { return min(max(n, least), most) }
