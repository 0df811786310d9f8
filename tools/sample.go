package tools

import (
	"context"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// sampleEvery is the interval at which a run is sampled while it goes on.
const sampleEvery = time.Second

// askQuiet is how many samples pass between two questions for counters while nothing comes: each answer wakes the tool and podtracer.
const askQuiet = 5

// sample asks the tool for its counters, has it flush what it holds back, takes the rates and checks the disk, once a second
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
		size = r.flushQuiet(size) // first, because tcpdump flushes only while it waits, and it does not wait while it answers
		if now, _ := r.state.Get(); now.Phase == Running && (now.Bytes != seen.Bytes || tick%askQuiet == 0) {
			r.want(launch.WishCounters)
		}
		seen = r.takeRate(seen)
		r.checkDisk(stop)
		r.tellMissed()
	}
}

// flushQuiet has the tool flush what it holds back if the spool still has that size in bytes, and returns the spool's size. In
// a busy capture, the next packets push the held ones out.
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

// want asks the tool for something, unless the last two wishes are still waiting or the tool does not capture.
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

// askCounters asks the tool for its counters. It returns false if ctx ends before the tool can be asked.
func (r *run) askCounters(ctx context.Context) bool {
	select {
	case r.ask <- launch.WishCounters:
		return true
	case <-ctx.Done():
		return false
	}
}
