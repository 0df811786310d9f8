package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/launch"
)

// unequal are helpers that are made at once, but for one node.
type unequal struct {
	*far
	slow  string
	asked chan struct{} // closed when that of the slow node is asked for
	made  chan error    // how that ends
}

func (u *unequal) Dial(ctx context.Context, node string, step func(string)) (Dialer, error) {
	if node != u.slow {
		return u.far.Dial(ctx, node, step)
	}
	close(u.asked) // once: who waits for it shares its failure
	if err := <-u.made; err != nil {
		return nil, err
	}
	return u.far.Dial(ctx, node, step)
}

// staffed fails if no console is connected to the agent, which would end by itself.
func staffed(t *testing.T, f *far) error {
	now, err := Look(t.Context(), f.open)
	if err == nil && now.Consoles != 1 {
		err = fmt.Errorf("%d consoles are connected to the helper in which a tool waits", now.Consoles)
	}
	return err
}

// Captures of several pods show the same time, also if a helper comes late, or not at all.
func TestToolsOfSeveralNodesStartTogetherWhenEachHelperIsThereOrHasFailed(t *testing.T) {
	for what, failed := range map[string]error{"it comes late": nil, "it cannot be made": errors.New("no room")} {
		t.Run(what, func(t *testing.T) {
			f := newFar(t, time.Hour)
			u := &unequal{far: f, slow: "slow", asked: make(chan struct{}), made: make(chan error)}
			f.Helpers = u
			gate := launch.NewGate()
			began, ended := make(chan string, 3), make(chan error, 3)
			for _, node := range []string{"far", "slow", "slow"} {
				pod, pass := cart, gate.Pass()
				pod.Node = node
				go func() { // ends with the tool
					defer pass.Ready()
					_, err := f.Launch(t.Context(), pod, []string{"true"}, launch.Streams{Stdout: io.Discard, Together: pass, Started: func() { began <- node }})
					ended <- err
				}()
			}
			gate.Full()
			<-u.asked
			eventually.Nil(t, patience, func() error { return staffed(t, f) })
			select {
			case node := <-began:
				t.Fatalf("the tool on node %s did not wait", node)
			case <-time.After(300 * time.Millisecond):
			}
			if err := staffed(t, f); err != nil {
				t.Error(err)
			}
			u.made <- failed
			wrong := 0
			for range 3 {
				if err := <-ended; err != nil && errors.Is(err, failed) {
					wrong++
				} else if err != nil {
					t.Error(err)
				}
			}
			if want := map[bool]int{true: 2}[failed != nil]; wrong != want || len(began) != 3-want {
				t.Errorf("%d were not started, %d were", wrong, len(began))
			}
		})
	}
}
