package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
)

// stays makes the agent one that is installed.
func stays(s *Server) { s.EndAfter = 0 }

// another is a second console of the same node.
func another(t *testing.T, f *far) *Launcher {
	t.Helper()
	l := &Launcher{Here: f.Here, By: "another", Helpers: f}
	t.Cleanup(l.Close)
	return l
}

// Where several consoles share a helper, one that is killed leaves its tools behind although the others are still connected.
func TestAToolThatNobodyFollowsIsStoppedWhoeverElseIsConnected(t *testing.T) {
	f := newFar(t, followedSoon, stays)
	lost := another(t, f)
	began, done := make(chan struct{}, 2), make(chan error, 2)
	begins := func(ctx context.Context, of *Launcher, argv ...string) {
		_, err := of.Launch(ctx, cart, argv, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { began <- struct{}{} }})
		done <- err
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go begins(ctx, f.Launcher, "sleep", "1000") // ends with ctx
	go begins(t.Context(), lost, "sleep", "2000")
	<-began
	<-began
	lost.Close() // as if it had been killed
	<-done
	eventually.Nil(t, patience, func() error {
		got, err := Look(t.Context(), f.dial)
		if err != nil || len(got.Runs) != 2 {
			return fmt.Errorf("%+v, %v", got, err)
		}
		for _, r := range got.Runs {
			if r.Ended != (r.By == "another") {
				return fmt.Errorf("%+v", got.Runs)
			}
		}
		return nil
	})
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOutputThatNobodyFetchesIsRemovedInTheEndAndAnInstalledAgentStays(t *testing.T) {
	f := newFar(t, 100*time.Millisecond, stays, func(s *Server) { s.KeepFor = 200 * time.Millisecond })
	l, err := f.link(t.Context(), "far", true, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &remote{link: l, node: "far", id: "nobody-follows", streams: launch.Streams{Stdout: &bytes.Buffer{}}}
	q, err := r.request(cart, []string{"sh", "-c", "echo kept; exec sleep infinity"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.agent.Start(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	eventually.Nil(t, patience, func() error {
		got, err := Look(t.Context(), f.dial)
		left, _ := filepath.Glob(filepath.Join(f.dir, "sessions", "*", "*.spool"))
		if err != nil || len(got.Runs) != 0 || len(left) != 0 {
			return fmt.Errorf("%+v, %v, %v", got, err, left)
		}
		return nil
	})
	select {
	case err := <-f.ended:
		f.ended <- err
		t.Fatal("the agent has ended")
	default:
	}
}

// The disk of a helper is shared: what one console keeps there must end before the node evicts the helper, with the output of all.
func TestAllRunsOfAnAgentTogetherKeepOnlySoMuch(t *testing.T) {
	const most = 1 << 20
	f := newFar(t, time.Hour, stays, func(s *Server) { s.MostKept = most })
	sum := sha256.New()
	_, err := f.Launch(t.Context(), cart, []string{"head", "-c", fmt.Sprint(2 * most), "/dev/zero"}, launch.Streams{Stdout: sum})
	if err == nil || !strings.Contains(err.Error(), "the helper keeps 1.0 MB of all runs together at most") {
		t.Errorf("got %v", err)
	}
	eventually.Nil(t, patience, func() error { // what is fetched takes no room any more
		_, err := f.Launch(t.Context(), cart, []string{"head", "-c", fmt.Sprint(most / 2), "/dev/zero"}, launch.Streams{Stdout: sum})
		return err
	})
}

func TestARunIsOutOfReachForWhoeverDoesNotKnowItsID(t *testing.T) {
	f := newFar(t, time.Hour, stays)
	began, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { // ends with ctx
		_, err := f.Launch(ctx, cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
		done <- err
	}()
	<-began
	l, err := another(t, f).link(t.Context(), "far", true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "1", "runs/1", "../1"} {
		if _, err := l.agent.Ask(t.Context(), &wire.AskRequest{Id: id, Wish: wire.AskRequest_STOP}); status.Code(err) != codes.NotFound {
			t.Errorf("%q is stopped: %v", id, err)
		}
		from, err := l.bytes.Read(t.Context(), &bytestream.ReadRequest{ResourceName: resource(id, "out")})
		if err == nil {
			_, err = from.Recv()
		}
		if status.Code(err) != codes.NotFound {
			t.Errorf("%q is read: %v", id, err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
