package launch

import "time"

// pace lets the reader of a pipe rest while the pipe fills: a tool that writes little but often would otherwise wake the reader
// for every write. A rest is always shorter than the pipe takes to fill.
type pace struct{ rest time.Duration }

const (
	roomy   = 1 << 20              // bytes that a pipe must hold for its reader to rest
	mostOf  = 5 * time.Millisecond // too short to be noticed
	leastOf = 100 * time.Microsecond
)

// after rests after a read of n bytes. How much came during the last rest decides how long the next one may be.
func (p *pace) after(n int) {
	switch {
	case n >= roomy/4:
		p.rest /= 2
	default:
		p.rest = min(mostOf, max(leastOf, p.rest*2))
	}
	if p.rest >= leastOf {
		time.Sleep(p.rest)
	}
}
