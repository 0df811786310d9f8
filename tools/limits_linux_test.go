package tools

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

// late is a launcher on another node: a helper is made before the tool begins.
type late struct {
	onThisNode
	helper time.Duration // how long that takes
	ran    chan time.Duration
}

func (l late) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	select {
	case <-ctx.Done():
		l.ran <- 0
		return launch.Exit{}, ctx.Err()
	case <-time.After(l.helper):
	}
	s.Started()
	began := time.Now()
	<-ctx.Done()
	l.ran <- time.Since(began)
	return launch.Exit{Stopped: true}, nil
}

// What comes before a tool runs takes nothing of its time: whoever asks for ten seconds of packets gets them, on whatever node the pod is.
func TestTheTimeOfAToolBeginsWhenTheToolDoes(t *testing.T) {
	const limit = 100 * time.Millisecond
	l := late{helper: 3 * limit, ran: make(chan time.Duration, 1)}
	runs, err := NewRuns(context.Background(), Deps{Launcher: l, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeInTime(t, runs) }()
	n := &node{Runs: runs}
	id := n.start(t, Request{Pod: shop, Argv: []string{"sleep", "100"}, Limits: Limits{Timer: limit}})
	if state := n.wait(t, id); !errors.Is(state.Cause, ErrTimer) || state.Status() != 0 {
		t.Errorf("got %v, status %d", state.Outcome(), state.Status())
	}
	if ran := <-l.ran; ran < limit {
		t.Errorf("it ran for %v of %v", ran, limit)
	}
}
