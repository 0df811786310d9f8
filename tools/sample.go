package tools

import (
	"context"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// sampleEvery is how often a run is looked at while it goes on.
const sampleEvery = time.Second

// askQuiet is how many looks there are for each time that a tool is asked to which nothing comes: each answer wakes it, and us.
const askQuiet = 5

// sample asks the tool for its counters, lets it write what it holds back, takes the rates and looks at the disk, once a second
// until ctx ends.
func (r *run) sample(ctx context.Context, stop context.CancelCauseFunc) {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	var seen State
	var size int64
	for tick := 0; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		size = r.flushQuiet(size) // first: while it answers, it does not wait
		if now, _ := r.state.Get(); now.Phase == Running && (now.Bytes != seen.Bytes || tick%askQuiet == 0) {
			r.want(launch.WishCounters)
		}
		seen = r.takeRate(seen)
		r.checkDisk(stop)
	}
}

// flushQuiet lets a tool write what it holds back if the spool has not grown since it had that size, and returns its size now. Of
// one to which much comes, the next packets write what came before.
func (r *run) flushQuiet(size int64) int64 {
	if !r.plan.Holds {
		return size
	}
	now := r.spool.SizeOnDisk()
	if now == size && r.phase() == Running {
		r.want(launch.WishFlush)
	}
	return now
}

// want asks the tool for something.
func (r *run) want(wish launch.Wish) {
	select {
	case r.ask <- wish:
	default: // it has not been asked for the last two yet, or does not capture
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
