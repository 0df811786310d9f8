package ns

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestASymlinkOfTheNodeDoesNotLeadOutOfIt(t *testing.T) {
	node := newFakeNode(t)
	outside := node.proc + "/runtime.sock"
	says(sandbox("s", cart, "{}")).listen(t, outside)
	link(t, outside, node.root+"/run/runtime.sock")
	cri := &CRI{proc: node.proc, sockets: []string{"/run/runtime.sock"}, patience: time.Second}
	if err := refuse(t, cri, cart); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestEverySocketThatWasTriedIsNamedWithTheReason(t *testing.T) {
	node := newFakeNode(t)
	dir := node.root + "/here"
	makeDirs(t, dir)
	write(t, dir+"/plain", "")
	listener, err := net.Listen("unix", dir+"/mute")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	serveNothing(t, dir+"/noplugin")
	cri := &CRI{
		endpoint: "unix://" + dir + "/given", proc: node.proc, patience: 2 * time.Second,
		sockets: []string{dir + "/plain", dir + "/mute", dir + "/noplugin"},
	}
	start := time.Now()
	err = refuse(t, cri, cart,
		"ask the container runtime: no way to look for pods on this node: ",
		"no socket at "+dir+"/given, "+node.proc+"/1/root"+dir+"/given",
		"ask the runtime at "+dir+"/plain: connection refused",
		"ask the runtime at "+dir+"/mute: no answer within 2s",
		"ask the runtime at "+dir+"/noplugin: it does not offer the CRI (runtime.v1)")
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("a mute socket cost %s, with a patience of 2s", took)
	}
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotHere) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	for _, word := range []string{"--runtime-endpoint", "CRI plugin"} {
		if !strings.Contains(hint.Of(err), word) {
			t.Errorf("the hint does not say %s: %q", word, hint.Of(err))
		}
	}
}

// serveNothing acts as a containerd whose CRI plugin is disabled.
func serveNothing(t *testing.T, path string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }() // ended by Stop
	t.Cleanup(server.Stop)
}

func TestASocketGetsTwoSeconds(t *testing.T) {
	if got := NewCRI("", "").patience; got != 2*time.Second {
		t.Errorf("got %s", got)
	}
}

func TestTheGivenEndpointIsAskedFirstAndOnce(t *testing.T) {
	for _, given := range []string{"unix:///run/crio/crio.sock", "/run/crio/crio.sock", "unix:/run/crio/crio.sock"} {
		cri := NewCRI(given, newFakeNode(t).proc)
		var paths []string
		for _, place := range cri.places(&attempts{}) {
			if place.root == "" {
				paths = append(paths, place.path)
			}
		}
		if paths[0] != "/run/crio/crio.sock" || len(paths) != len(usualSockets()) {
			t.Errorf("%s: got %v", given, paths)
		}
	}
	cri := &CRI{endpoint: "tcp://10.0.0.1:1", proc: newFakeNode(t).proc}
	refuse(t, cri, cart, "runtime endpoint tcp://10.0.0.1:1: not a unix socket")
}

func TestARuntimeThatDoesNotKnowThePodDoesNotEndTheSearch(t *testing.T) {
	pid, inode := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.netnsFile(t, "/run/netns/s", pid)
	says().listen(t, node.root+"/run/a.sock")
	says(sandbox("s", cart, withPath("/run/netns/s"))).listen(t, node.root+"/run/b.sock")
	cri := &CRI{proc: node.proc, sockets: []string{"/run/a.sock", "/run/b.sock"}, patience: time.Minute}
	if got := locate(t, cri, cart).Inode(); got != inode {
		t.Errorf("got %d, want %d", got, inode)
	}
}

func TestALongAnswerIsTaken(t *testing.T) {
	s := sandbox("s", cart, withPath("/run/netns/s"))
	s.Sandbox.Annotations = map[string]string{"long": strings.Repeat("x", 12<<20)}
	refuse(t, ask(t, newFakeNode(t), says(s)), cart, "/run/netns/s: no such file or directory")
}

func TestACancelledSearchEndsAtOnce(t *testing.T) {
	dir := newFakeNode(t).root
	listener, err := net.Listen("unix", filepath.Join(dir, "mute"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := NewCRI(dir+"/mute", "").Find(ctx, cart); err == nil || time.Since(start) > 4*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
}

func TestASearchLeavesNothingRunningAndNoDescriptor(t *testing.T) {
	cri := ask(t, newFakeNode(t), says(sandbox("s", cart, withPath("/run/netns/s"))))
	before, running := openFiles(t), goleak.IgnoreCurrent()
	refuse(t, cri, cart)
	goleak.VerifyNone(t, running)
	if after := openFiles(t); after != before {
		t.Errorf("%d files are open, %d were before", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestTheNodesNetworkIsTakenOnlyIfTheRuntimeIsInIt(t *testing.T) {
	other, _ := startPodProcess(t, 0)
	node, err := OpenNetns("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	if err := (dialogue{peer: os.Getpid()}).shares(node); err != nil {
		t.Error(err)
	}
	if err := (dialogue{peer: other}).shares(node); err == nil {
		t.Error("a runtime in another network namespace was accepted")
	}
	if err := (dialogue{}).shares(node); !strings.Contains(hint.Of(err), "hostPID: true") {
		t.Errorf("a runtime outside our pid namespace: got %v", err)
	}
}

func TestThePeerOfASocketIsKnown(t *testing.T) {
	path := newFakeNode(t).root + "/s"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := peerPID(conn); got != os.Getpid() {
		t.Errorf("got %d, want %d", got, os.Getpid())
	}
}
