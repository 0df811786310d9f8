package tools

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Limits end a run. One that is reached stops the tool as asked, and what came before is whole.
type Limits struct {
	Timer   time.Duration // how long the tool runs; 0: as long as it likes
	Size    int64         // bytes that are kept; 0: DefaultSize, or none with a ring; negative: no limit
	Packets int64         // of a capture; 0: no limit
	MinFree int64         // bytes that stay free on the disk; 0: DefaultMinFree; negative: none
}

// DefaultSize is how many bytes of a run are kept if nobody says otherwise.
const DefaultSize = 1 << 30

// Ring is a flight recorder: of a capture only the newest packets are kept, for as long as it runs.
type Ring struct {
	Size      int64          // bytes; 0: no ring
	FreezeOn  *regexp.Regexp // a line of the run's text that matches freezes the ring; nil: none does
	KeepAfter time.Duration  // how long the capture goes on after it was told to freeze
}

// check says what about limits and ring cannot work.
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
		return notACapture("a limit of packets")
	case !capture && ring.Size > 0:
		return notACapture("a ring")
	case !capture && r.Headers:
		return notACapture("to keep the headers only")
	case ring.Size == 0 && (ring.FreezeOn != nil || ring.KeepAfter > 0):
		return hint.Add(errors.New("there is no ring to freeze"), "give the ring a size, for example 256MiB")
	case ring.Size < 0 || ring.Size > 0 && ring.Size < spool.MinRing:
		return hint.Add(errors.New("the ring is too small"), fmt.Sprintf("the smallest one has %d MiB", spool.MinRing>>20))
	default:
		return nil
	}
}

func notACapture(what string) error {
	return hint.Add(errors.New(what+" needs a capture, and this command does not write packets"),
		"tcpdump does; on the command line with -w -, or with -f and a name that ends in .pcap or .pcapng")
}

// size is the limit that holds; 0: none.
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

// The disk is not filled further than this, if nobody says otherwise: to 5 % or to 512 MiB, whichever leaves more room for
// captures. A node whose disk is full loses more than a capture.
const (
	minFreeShare = 20 // a 20th
	minFreeMost  = 512 << 20
)

// minFree is how many bytes stay free on a disk of that size.
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
