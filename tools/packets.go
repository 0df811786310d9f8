package tools

import (
	"context"
	"errors"

	"github.com/fennec-project/podtracer/tools/capture"
)

var errNoCapture = errors.New("this run does not capture packets")

// Packets returns up to n packets from the number first on; if first is 0, the newest n. It does not wait. The first call starts
// reading the capture in the background. Until the reader has reached a packet, it is found only near the beginning and the end
// of the capture; the answer leaves out what lies between.
//
// Errors: the run does not capture; the file cannot be read.
func (r *Runs) Packets(_ context.Context, id RunID, first int64, n int) ([]capture.Packet, capture.State, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return nil, capture.State{}, err
	}
	defer done()
	return run.index.Packets(first, n)
}

// NextPackets waits until the state of a capture differs from seen, and returns that state. After the end of the capture it
// waits until ctx ends.
//
// Errors: the run does not capture; the error of ctx.
func (r *Runs) NextPackets(ctx context.Context, id RunID, seen capture.State) (capture.State, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return seen, err
	}
	done() // the wait does not need the files
	return run.index.Next(ctx, seen)
}

// Packet dissects a packet.
//
// Errors: ErrNoPacket; the run does not capture; the file cannot be read.
func (r *Runs) Packet(_ context.Context, id RunID, number int64) (capture.Decoded, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return capture.Decoded{}, err
	}
	defer done()
	return run.index.Packet(number)
}

// Conversations waits until more of a capture has been read than the version seen covers, and returns its conversations. After
// the end of the capture it waits until ctx ends.
//
// Errors: the run does not capture; the error of ctx.
func (r *Runs) Conversations(ctx context.Context, id RunID, seen uint64) (capture.Conversations, uint64, error) {
	run, done, err := r.holdCapture(id)
	if err != nil {
		return capture.Conversations{}, seen, err
	}
	done() // the wait does not need the files
	return run.index.Conversations(ctx, seen)
}

// holdCapture holds a run that captures, and starts reading its packets.
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
