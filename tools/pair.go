package tools

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/text"
)

const (
	serverReady  = 5 * time.Second // how long to wait for the first line of a server
	afterPartner = 3 * time.Second // how long one of a pair may go on when the other has ended by itself
)

// StartPair starts a server, waits up to 5 s for its first output, and starts its client. From then on they end together:
// stopping one stops the other, and when one ends by itself, the other has 3 s to finish.
//
// Errors: those of Start; a server that ended before its client could be started. After an error, neither runs.
func (r *Runs) StartPair(ctx context.Context, server, client Request) (serverID, clientID RunID, err error) {
	server.Text = true // awaitServer waits for its first line
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

// awaitServer waits for the first line of a server, which says that it listens.
func (r *Runs) awaitServer(ctx context.Context, id RunID) error {
	ctx, cancel := context.WithTimeout(ctx, serverReady)
	defer cancel()
	text, err := r.Text(ctx, TextID{Run: id}, text.State{})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // a silent server may listen nevertheless
	}
	if err != nil || !text.Ended {
		return err
	}
	run, err := r.run(id)
	if err != nil {
		return err
	}
	select {
	case <-run.done: // closed a little after the end of its text
	case <-ctx.Done():
	}
	state, _ := run.state.Get()
	if state.Err != nil {
		return state.Err
	}
	err = fmt.Errorf("%s in %s ended before its client began: %s", state.Tool(), state.Pod, state.Outcome())
	return hint.Add(err, "open its run (r, then enter) to see its output; perhaps its port is in use there")
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
		if state, _ := run.state.Get(); state.Cause == nil && state.Status() == 0 {
			select {
			case <-partner.done:
			case <-time.After(afterPartner):
			}
		}
		partner.stop(ErrPartner)
	}()
	return nil
}
