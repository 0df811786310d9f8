package tools

import (
	"context"
	"time"

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
