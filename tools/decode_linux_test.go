package tools

import (
	"context"
	"fmt"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

// noDecoder is a launcher without a tcpdump for text, as on a laptop.
type noDecoder struct{ launch.Launcher }

func (n noDecoder) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	if s.Podless {
		return launch.Exit{}, fmt.Errorf("%w: tcpdump", command.ErrNotInstalled)
	}
	return n.Launcher.Launch(ctx, pod, argv, s)
}

func TestWithoutATcpdumpForTextPodtracersOwnLinesTakeItsPlace(t *testing.T) {
	demo, pods := newDemo(t), &fakePods{}
	runs, err := NewRuns(t.Context(), Deps{Launcher: noDecoder{&launch.Local{Finder: demo, Here: here}}, Pods: pods, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeInTime(t, runs) })
	n := &node{Runs: runs, demo: demo, pods: pods}
	traffic(t, n)
	id := n.capture(t, "-i", "eth0", "-n")
	n.untilLine(t, id, "podtracer: the lines of text are podtracer's own, and not as detailed as tcpdump's")
	n.untilLine(t, id, "ICMP "+shop.IP()+" > "+cartAddr.String()+": ")
	n.stopAndWait(t, id)
}
