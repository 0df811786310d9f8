package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
)

// counter is a recorder whose tool says at its end how many packets it has captured.
type counter struct {
	recorder
	says int
}

func (c counter) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	exit, err := c.recorder.Launch(ctx, pod, argv, s)
	_, errWrite := fmt.Fprintf(s.Stderr, "%d packets captured\n%[1]d packets received by filter\n0 packets dropped by kernel\n", c.says)
	return exit, errors.Join(err, errWrite)
}

// A tcpdump whose write fails between whole packets, as on a disk that is full for a while, leaves a stream in which nothing is
// broken.
func TestACaptureWithFewerPacketsThanItsToolCapturedIsIncomplete(t *testing.T) {
	const there = 50
	for name, request := range map[string]Request{
		"in a file": {}, "in a ring": {Ring: Ring{Size: 64 << 20}}, "headers": {Headers: true},
	} {
		for says, want := range map[int]string{there: "complete", there + 7: "INCOMPLETE: 7 captured by tcpdump are missing from its output"} {
			t.Run(name, func(t *testing.T) {
				launcher := counter{recorder{output: pcaptest.Stream(there)}, says}
				runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				defer closeInTime(t, runs)
				n := &node{Runs: runs}
				request.Pod, request.Argv = shop, []string{"tcpdump", "-w", "-"}
				id := n.start(t, request)
				if state := n.wait(t, id); state.Verdict().String() != want {
					t.Errorf("%d packets are in the spool, the tool says %d: %v", there, says, state.Verdict())
				}
			})
		}
	}
}

func TestWhatALimitCutsOffIsNotMissing(t *testing.T) {
	launcher := counter{recorder{output: pcaptest.Stream(50)}, 50}
	runs, err := NewRuns(context.Background(), Deps{Launcher: launcher, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeInTime(t, runs)
	n := &node{Runs: runs}
	id := n.start(t, Request{Pod: shop, Argv: []string{"tcpdump", "-w", "-"}, Limits: Limits{Packets: 20}})
	if state := n.wait(t, id); strings.Contains(state.Verdict().String(), "INCOMPLETE") || state.Packets != 20 {
		t.Errorf("%d packets, %v", state.Packets, state.Verdict())
	}
}
