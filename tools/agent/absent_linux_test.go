package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// A tool that is missing in a helper cannot be installed on the machine of the person.
func TestWhatIsMissingInAHelperIsSaidToBeMissingThere(t *testing.T) {
	f := newFar(t, time.Hour)
	f.Image = func() string { return "podtracer:v1" }
	_, err := f.Launch(t.Context(), cart, []string{"no-such-tool"}, launch.Streams{Stdout: io.Discard})
	if !errors.Is(err, command.ErrNotInstalled) || err.Error() != "no-such-tool is not in the image of the helper on node far (podtracer:v1)" ||
		!strings.Contains(hint.Of(err), "--helper-image") || strings.Contains(hint.Of(err), "here") {
		t.Errorf("%v, hint %q", err, hint.Of(err))
	}
}

// forbidden are helpers that nobody may make.
type forbidden struct{ *far }

func (forbidden) Allowed() error {
	return hint.Add(fmt.Errorf("%w to create pods", k8s.ErrForbidden), "ask for it")
}

// nothing finds nothing, for a reason.
type nothing struct{ why error }

func (n nothing) Find(context.Context, ns.Pod) (*ns.Netns, error) {
	return nil, hint.Add(n.why, "mount the node's /run into this pod")
}

// Who sits at a laptop has the wrong user, or asks for rights; that a machine may be a node is the last guess, and none of a laptop.
func TestOnAMachineThatIsNotThePodsNodeOnlyTheMissingHelperCounts(t *testing.T) {
	const user, node = "--kubeconfig, $KUBECONFIG or --context choose a user who may make helpers\nask for it",
		"\nif this machine is node far: NODE_NAME=far says so, and the command doctor says what it lacks"
	for why, want := range map[error]string{ns.ErrNoSocket: user, ns.ErrNotLinux: user, ns.ErrUnavailable: user + node} {
		f := newFar(t, time.Hour)
		f.Here = &launch.Local{Finder: nothing{why}, Here: k8s.Node{Name: "laptop"}}
		f.Helpers = forbidden{f}
		_, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: io.Discard})
		if err == nil || err.Error() != "not allowed to create pods; pod shop/cart runs on node far, podtracer on laptop" || hint.Of(err) != want {
			t.Errorf("%v: %v, hint %q", why, err, hint.Of(err))
		}
	}
}

// The helper goes with the file that a tcpdump has written there.
func TestATcpdumpWritesNoFileOfItsOwnOnAnotherNode(t *testing.T) {
	f := newFar(t, time.Hour)
	_, err := f.Launch(t.Context(), cart, []string{"tcpdump", "-i", "eth0", "-w", "/tmp/far.pcap"}, launch.Streams{Stdout: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "in the helper on node "+cart.Node) || !strings.Contains(hint.Of(err), "-f FILE") {
		t.Errorf("%v, hint %q", err, hint.Of(err))
	}
}
