package tools

import (
	"context"
	"errors"

	"github.com/fennec-project/podtracer/tools/capture"
)

var errNoCapture = errors.New("this run does not capture packets")

// Packets returns up to n packets from the number first on; with first 0 the newest. It does not wait. The first call begins
// to read the capture from its beginning, in the background; until that has come to a place, packets are found near the ends
// only, and what lies between is missing in the answer.
//
// Errors: a run that does not capture; what reading says.
func (r *Runs) Packets(_ context.Context, id RunID, first int64, n int) ([]capture.Packet, capture.State, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return nil, capture.State{}, err
	}
	defer done()
	return run.index.Packets(first, n)
}

// NextPackets waits until a capture is not as it was seen, and returns how much of it can be looked at. Behind its end it waits for
// ctx.
//
// Errors: a run that does not capture; that of ctx.
func (r *Runs) NextPackets(ctx context.Context, id RunID, seen capture.State) (capture.State, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return seen, err
	}
	done() // what is waited for is not in the files
	return run.index.Next(ctx, seen)
}

// Packet dissects a packet.
//
// Errors: ErrNoPacket; a run that does not capture; what reading says.
func (r *Runs) Packet(_ context.Context, id RunID, number int64) (capture.Decoded, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return capture.Decoded{}, err
	}
	defer done()
	return run.index.Packet(number)
}

// Conversations waits until more was read of a capture than the version seen, and returns who talks to whom in it. Behind the
// end of the capture it waits for ctx.
//
// Errors: a run that does not capture; that of ctx.
func (r *Runs) Conversations(ctx context.Context, id RunID, seen uint64) (capture.Conversations, uint64, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return capture.Conversations{}, seen, err
	}
	done() // what is waited for is not in the files
	return run.index.Conversations(ctx, seen)
}

// holdCapture holds a run that captures, and has it read.
func (r *Runs) holdCapture(id RunID) (held *run, done func(), err error) {
	held, done, err = r.hold(id)
	if err != nil {
		return nil, nil, err
	}
	if !held.plan.Capture {
		done()
		return nil, nil, errNoCapture
	}
	held.reading.Do(func() { r.index(held) })
	return held, done, nil
}
