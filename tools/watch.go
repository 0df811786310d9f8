package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// sampleEvery is how often a run is looked at while it goes on.
const sampleEvery = time.Second

// askQuiet is how many looks there are for each time that a tool is asked to which nothing comes: each answer wakes it, and us.
const askQuiet = 5

// sample asks the tool for its counters, takes the rates and looks at the disk, once a second until ctx ends.
func (r *run) sample(ctx context.Context, stop context.CancelCauseFunc) {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	var seen State
	for tick := 0; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if now, _ := r.state.Get(); now.Phase == Running && (now.Bytes != seen.Bytes || tick%askQuiet == 0) {
			select {
			case r.ask <- struct{}{}:
			default: // it has not answered the last time, or does not capture
			}
		}
		seen = r.takeRate(seen)
		r.checkDisk(stop)
	}
}

// takeRate notes what came since the run was last seen. A run of which nothing comes does not change.
func (r *run) takeRate(seen State) State {
	now, _ := r.state.Get()
	rate := Rate{now.Packets - seen.Packets, now.Bytes - seen.Bytes}
	if now.Capture { // what the format adds was not on the wire
		rate.Bytes = max(0, rate.Bytes-rate.Packets*pcap.PacketHeaderLen)
	}
	if rate == (Rate{}) && now.Rates == ([RateSeconds]Rate{}) {
		return now
	}
	r.update(func(s *State) {
		copy(s.Rates[:], s.Rates[1:])
		s.Rates[RateSeconds-1] = rate
	})
	return now
}

// checkDisk stops the run when the disk is nearly full.
func (r *run) checkDisk(stop context.CancelCauseFunc) {
	if err := r.disk.check(r.spool.Ahead()); err != nil {
		stop(fmt.Errorf("%w: %w", ErrMinFree, err))
	}
}

// roomForText says that the disk is too full for more text.
func (r *run) roomForText() error { return r.disk.check(r.spool.Ahead()) }

// disk is the one that a run's output goes to.
type disk struct {
	dir   *owndir.Dir
	floor func(size int64) int64 // bytes that stay free
}

// check says that less is free than should be; what is reserved, in bytes, is free still. A disk that does not say how full it
// is, is not.
func (d disk) check(reserved int64) error {
	free, size, err := d.dir.Space()
	free += reserved
	if floor := d.floor(size); err == nil && free < floor {
		return errLittleFree{free, floor}
	}
	return nil
}

// errLittleFree says how little is free, in bytes.
type errLittleFree struct{ free, floor int64 }

func (e errLittleFree) Error() string {
	return fmt.Sprintf("%d MiB of the disk are free, and %d MiB stay free", e.free>>20, e.floor>>20)
}

// awaitFreeze ends the run when its ring is frozen, or some time later.
func (r *run) awaitFreeze(ctx context.Context, stop context.CancelCauseFunc) {
	var reason string
	select {
	case <-ctx.Done():
		return
	case reason = <-r.freeze:
	}
	r.update(func(s *State) { s.Frozen = reason })
	select {
	case <-ctx.Done():
	case <-time.After(r.request.Ring.KeepAfter):
		if reason == asAsked {
			stop(ErrFrozen)
		}
		stop(fmt.Errorf("%w: %s", ErrFrozen, reason)) // the first one counts
	}
}

// asAsked is the reason for a freeze that a person asked for.
const asAsked = "as asked"

// matchFreeze freezes the ring when a line says so.
func (r *run) matchFreeze(text []byte) {
	if r.request.Ring.FreezeOn.Match(text) {
		r.freezeFor("a line matched " + r.request.Ring.FreezeOn.String())
	}
}

// freezeFor freezes the ring for a reason. The first reason counts.
func (r *run) freezeFor(reason string) {
	select {
	case r.freeze <- reason:
	default:
	}
}

// errNoRing says that there is nothing to freeze.
var errNoRing = errors.New("this run has no ring to freeze")
