package tools

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Limits end a run. A limit that is reached stops the tool, and everything written before is kept whole.
type Limits struct {
	Timer   time.Duration // how long the tool may run; 0: no limit
	Size    int64         // bytes to keep; 0: DefaultSize, or no limit with a ring; negative: no limit
	Packets int64         // packets to capture; 0: no limit
	MinFree int64         // bytes that must stay free on the disk; 0: a default that depends on the disk; negative: no limit
}

// DefaultSize is how many bytes of a run are kept if nothing else was asked for.
const DefaultSize = 1 << 30

// Ring is a flight recorder: a capture that keeps only its newest packets.
type Ring struct {
	Size      int64          // bytes; 0: no ring
	FreezeOn  *regexp.Regexp // a line of the run's text that matches freezes the ring; nil: no line does
	KeepAfter time.Duration  // how long the capture goes on after the ring was told to freeze
}

// check returns an error if the limits or the ring cannot work.
func (r Request) check(capture bool) error {
	ring := r.Ring
	switch {
	case r.Limits.Timer < 0:
		return hint.Add(errors.New("the timer is negative"), "write for example 30s")
	case r.Limits.Packets < 0:
		return hint.Add(errors.New("the limit of packets is negative"), "write for example 1000")
	case ring.KeepAfter < 0:
		return hint.Add(errors.New("the time to keep after a freeze is negative"), "write for example 30s")
	case !capture && r.Limits.Packets > 0:
		return notACapture("a packet limit")
	case !capture && ring.Size > 0:
		return notACapture("a ring")
	case !capture && r.Headers:
		return notACapture("keeping only the headers")
	case ring.Size == 0 && (ring.FreezeOn != nil || ring.KeepAfter > 0):
		return hint.Add(errors.New("there is no ring to freeze"), "give the ring a size, for example 256MiB")
	case ring.Size < 0 || ring.Size > 0 && ring.Size < spool.MinRing:
		return hint.Add(errors.New("the ring is too small"), fmt.Sprintf("the smallest ring has %d MiB", spool.MinRing>>20))
	default:
		return nil
	}
}

func notACapture(what string) error {
	return hint.Add(errors.New(what+" needs a capture, and this command does not write packets"),
		"tcpdump does; on the command line with -w -, or with -f and a name that ends in .pcap or .pcapng")
}

// size is the size limit that applies, in bytes; 0: no limit.
func (l Limits) size(ring Ring) int64 {
	switch {
	case l.Size > 0:
		return l.Size
	case l.Size < 0 || ring.Size > 0:
		return 0
	default:
		return DefaultSize
	}
}

// By default 5 % of the disk or 512 MiB stay free, whichever leaves more room for captures. A node whose disk is full loses more
// than a capture.
const (
	minFreeShare = 20 // 1/20 of the disk
	minFreeMost  = 512 << 20
)

// minFree is how many bytes must stay free on a disk of that size in bytes.
func (l Limits) minFree(disk int64) int64 {
	switch {
	case l.MinFree > 0:
		return l.MinFree
	case l.MinFree < 0:
		return 0
	default:
		return min(disk/minFreeShare, minFreeMost)
	}
}

// checkDisk stops the run when the disk is nearly full.
func (r *run) checkDisk(stop context.CancelCauseFunc) {
	if err := r.disk.Check(r.spool.Ahead()); err != nil {
		stop(fmt.Errorf("%w: %w", ErrMinFree, err))
	}
}

// roomForText returns an error if the disk is too full for more text.
func (r *run) roomForText() error { return r.disk.Check(r.spool.Ahead()) }
