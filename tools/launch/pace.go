package launch

import "time"

// pace lets a reader of a pipe rest while the pipe fills: a tool that writes a little at a time, and often, would wake it for
// every bit. It never rests so long that the pipe could be full before.
type pace struct{ rest time.Duration }

const (
	roomy   = 1 << 20              // bytes that a pipe holds, if its reader may rest
	mostOf  = 5 * time.Millisecond // which nobody sees
	leastOf = 100 * time.Microsecond
)

// after rests after a read of n bytes. What came during the last rest says how long the next one may be.
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
