package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
)

const (
	serverReady  = 5 * time.Second // how long to wait for the first output of a server that runs
	afterPartner = 3 * time.Second // how long one of a pair may go on when the other has ended by itself
)

// StartPair starts a server, waits until it runs and up to 5 s for its first output, and starts its client. From then on they end together:
// stopping one stops the other, and when one ends by itself, the other has 3 s to finish.
//
// Errors: those of Start; a server that ended before its client could be started. After an error, neither runs.
func (r *Runs) StartPair(ctx context.Context, server, client Request) (serverID, clientID RunID, err error) {
	server.Text = true // its output comes line by line
	if _, err := client.plan(r.deps.Launcher); err != nil {
		return 0, 0, err // nothing has been started yet
	}
	if serverID, err = r.Start(server); err != nil {
		return 0, 0, err
	}
	if err = r.awaitServer(ctx, serverID); err == nil {
		clientID, err = r.Start(client)
	}
	if err != nil {
		return 0, 0, errors.Join(err, r.Stop(serverID))
	}
	for one, other := range map[RunID]RunID{serverID: clientID, clientID: serverID} {
		if err := r.tie(one, other); err != nil {
			return 0, 0, errors.Join(err, r.Stop(serverID), r.Stop(clientID))
		}
	}
	return serverID, clientID, nil
}

// awaitServer waits until a server runs, which may take a helper on its node, and then for its first output, which says that it listens.
// What podtracer says of it meanwhile is no output.
func (r *Runs) awaitServer(ctx context.Context, id RunID) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	if err := run.until(ctx, func(s State) bool { return s.Phase != Starting }); err != nil {
		return err
	}
	ready, cancel := context.WithTimeout(ctx, serverReady)
	defer cancel()
	if run.until(ready, func(s State) bool { return s.Bytes > 0 || s.Phase == Ended }) != nil {
		return ctx.Err() // a silent server may listen nevertheless
	}
	state, _ := run.state.Get()
	if state.Phase != Ended {
		return nil
	}
	if state.Err != nil {
		return state.Err
	}
	err = fmt.Errorf("%s in %s ended before its client began: %s", state.Tool(), state.Pod, state.Outcome())
	return hint.Add(err, "open its run (r, then enter) to see its output; perhaps its port is in use there")
}

// until waits until the state of a run is one that is wanted.
//
// Errors: that of ctx.
func (r *run) until(ctx context.Context, is func(State) bool) error {
	for seen := uint64(0); ; {
		state, version, err := r.state.Next(ctx, seen)
		if err != nil || is(state) {
			return err
		}
		seen = version
	}
}

// tie ends the run other when the run one has ended.
func (r *Runs) tie(one, other RunID) error {
	run, done, err := r.hold(one)
	if err != nil {
		return err
	}
	partner, err := r.run(other)
	if err != nil {
		done()
		return err
	}
	go func() { // ends with the two runs; Close waits for it
		defer done()
		<-run.done
		state, _ := run.state.Get()
		if state.WasLeft() { // it goes on elsewhere
			return
		}
		if state.Cause == nil && state.Status() == 0 {
			select {
			case <-partner.done:
			case <-time.After(afterPartner):
			}
		}
		partner.stop(ErrPartner)
	}()
	return nil
}
