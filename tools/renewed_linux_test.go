package tools

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/tally"
)

// renewSandbox gives the pod a new network namespace under the same UID, as the kubelet does after a sandbox has crashed. The
// API may show no change: with some networks even the address stays.
func renewSandbox(t *testing.T, n *node) {
	t.Helper()
	if err := n.demo.RemovePod(cart.UID); err != nil {
		t.Fatal(err)
	}
	if err := n.demo.AddPod(cart.UID, netip.MustParseAddr(cart.IP())); err != nil {
		t.Fatal(err)
	}
}

func expectRenewed(t *testing.T, s State) {
	t.Helper()
	lost := slices.ContainsFunc(s.Losses, func(l report.Loss) bool { return l.Kind == report.LostToRenewal })
	if !lost || s.Status() != StatusLost || s.Err != nil || s.Exit.Killed {
		t.Errorf("status %d: %+v", s.Status(), s)
	}
	if s.Capture && s.Bytes > 0 && s.Verdict().Kind != report.Incomplete {
		t.Errorf("got %q", s.Verdict())
	}
}

func TestARunEndsWhenItsPodGetsANewNetworkAndNothingIsCalledComplete(t *testing.T) {
	waits(t)
	for name, request := range map[string]Request{
		"a capture on all interfaces":          {Argv: []string{"tcpdump", "-i", "any", "-n"}, Packets: true},
		"a capture on one that stays":          {Argv: []string{"tcpdump", "-i", "lo", "-n"}, Packets: true},
		"a ring":                               {Argv: []string{"tcpdump", "-i", "any", "-n"}, Packets: true, Ring: Ring{Size: 8 << 20}},
		"a tool that does not know of packets": {Argv: []string{"sleep", "1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			waits(t)
			n := newNode(t)
			request.Pod, request.Stderr = cart, new(tally.Tail)
			id := n.start(t, request)
			n.until(t, id, "a start", func(s State) bool { return s.Phase == Running && (!s.Capture || s.Device != "") })
			renewSandbox(t, n)
			state := n.wait(t, id)
			expectRenewed(t, state)
			if !errors.Is(state.Cause, ErrRenewed) {
				t.Errorf("got %v", state.Cause)
			}
		})
	}
}

// Its tcpdump ends by itself, with an error, before the new sandbox exists.
func TestACaptureOnAnInterfaceThatGoesIsNotComplete(t *testing.T) {
	waits(t)
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-i", "eth0", "-n"}, Packets: true, Stderr: new(tally.Tail)})
	n.until(t, id, "a start", func(s State) bool { return s.Device != "" })
	renewSandbox(t, n)
	if s := n.wait(t, id); s.Verdict().Kind != report.Incomplete || s.Status() == 0 {
		t.Errorf("status %d: %+v", s.Status(), s)
	}
}

func TestANewNetworkIsNoticedAlsoWhenTheRunIsStoppedJustThen(t *testing.T) {
	waits(t)
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-i", "any", "-n"}, Packets: true, Stderr: new(tally.Tail)})
	n.until(t, id, "a start", func(s State) bool { return s.Device != "" })
	renewSandbox(t, n)
	expectRenewed(t, n.stopAndWait(t, id))
}

func TestANewNetworkThatTheApiTellsOfIsALossToo(t *testing.T) {
	waits(t)
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-i", "any", "-n"}, Packets: true, Stderr: new(tally.Tail)})
	n.until(t, id, "a start", func(s State) bool { return s.Device != "" })
	n.pods.of(cart.UID) <- k8s.Fate{Reason: "got a new network namespace", Renewed: true}
	expectRenewed(t, n.wait(t, id))
}

func TestAPodThatGoesHasNoNewNetwork(t *testing.T) {
	waits(t)
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-i", "any", "-n"}, Packets: true, Stderr: new(tally.Tail)})
	n.until(t, id, "a start", func(s State) bool { return s.Device != "" })
	if err := n.demo.RemovePod(cart.UID); err != nil {
		t.Fatal(err)
	}
	n.pods.of(cart.UID) <- k8s.Fate{Reason: "was deleted"}
	if s := n.wait(t, id); !errors.Is(s.Cause, ErrPodGone) || len(s.Losses) > 0 {
		t.Errorf("%+v", s)
	}
}
