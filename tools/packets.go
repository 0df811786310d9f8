package tools

import (
	"context"
	"errors"
	"slices"

	"github.com/fennec-project/podtracer/tools/capture"
)

var errNoCapture = errors.New("this run does not capture packets")

// looked is what packets are looked at in: a capture.Index or a capture.Set.
type looked interface {
	Packets(first int64, n int) ([]capture.Packet, capture.State, error)
	Next(ctx context.Context, seen capture.State) (capture.State, error)
	Packet(number int64) (capture.Decoded, error)
	Conversations(ctx context.Context, seen uint64) (capture.Conversations, uint64, error)
}

// Packets returns up to n packets from the number first on; if first is 0, the newest n. It does not wait. The first call starts
// reading the capture in the background. Until the reader has reached a packet, it is found only near the beginning and the end
// of the capture; the answer leaves out what lies between. Those of a set are there as they get their numbers. A packet or a
// conversation of a set says by From which of its runs it is of, in the order in which these were started.
//
// Errors: a run that does not capture; the file cannot be read.
func (r *Runs) Packets(_ context.Context, id TextID, first int64, n int) ([]capture.Packet, capture.State, error) {
	in, done, err := r.look(id)
	if err != nil {
		return nil, capture.State{}, err
	}
	defer done()
	return in.Packets(first, n)
}

// NextPackets waits until the state of a capture differs from seen, and returns that state. After the end of the capture it
// waits until ctx ends.
//
// Errors: a run that does not capture; the error of ctx.
func (r *Runs) NextPackets(ctx context.Context, id TextID, seen capture.State) (capture.State, error) {
	in, done, err := r.look(id)
	if err != nil {
		return seen, err
	}
	done() // the wait does not need the files
	return in.Next(ctx, seen)
}

// Packet dissects a packet.
//
// Errors: ErrNoPacket; a run that does not capture; the file cannot be read.
func (r *Runs) Packet(_ context.Context, id TextID, number int64) (capture.Decoded, error) {
	in, done, err := r.look(id)
	if err != nil {
		return capture.Decoded{}, err
	}
	defer done()
	return in.Packet(number)
}

// Conversations waits until more of a capture has been read than the version seen covers, and returns its conversations. After
// the end of the capture it waits until ctx ends.
//
// Errors: a run that does not capture; the error of ctx.
func (r *Runs) Conversations(ctx context.Context, id TextID, seen uint64) (capture.Conversations, uint64, error) {
	in, done, err := r.look(id)
	if err != nil {
		return capture.Conversations{}, seen, err
	}
	done() // the wait does not need the files
	return in.Conversations(ctx, seen)
}

// look holds the runs whose packets are looked at, and starts reading them.
func (r *Runs) look(id TextID) (in looked, done func(), err error) {
	if id.Set != 0 {
		return r.lookAtSet(id.Set)
	}
	held, done, err := r.hold(id.Run)
	if err != nil {
		return nil, nil, err
	}
	if !held.plan.Capture {
		done()
		return nil, nil, errNoCapture
	}
	held.reading.Do(func() { r.index(held) })
	return held.index, done, nil
}

// lookAtSet holds the runs of a set, and starts reading those that are not read yet. They share the memory that one may take.
func (r *Runs) lookAtSet(id SetID) (in looked, done func(), err error) {
	held, members, done, err := r.holdSet(id)
	if err != nil {
		return nil, nil, err
	}
	if len(members) == 0 || slices.ContainsFunc(members, func(run *run) bool { return !run.plan.Capture }) {
		done()
		return nil, nil, errNoCapture
	}
	r.mu.Lock()
	if held.packets == nil {
		held.packets = capture.NewSet(r.dir.Session(), members[0].roomForText)
		r.number(held.packets)
	}
	set := held.packets
	r.mu.Unlock()
	for _, run := range members {
		run.reading.Do(func() {
			run.index.Share(len(members))
			r.index(run)
		})
		set.Join(run.index)
	}
	return set, done, nil
}
