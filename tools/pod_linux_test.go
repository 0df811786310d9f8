package tools

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/text"
)

func TestARunEndsWithItsPodAndSaysWhatBecameOfIt(t *testing.T) {
	for what, change := range map[string]func(context.Context, *k8s.Memory) error{
		"was deleted": func(ctx context.Context, m *k8s.Memory) error { return m.Delete(ctx, cart) },
		"was replaced by a new pod of the same name": func(ctx context.Context, m *k8s.Memory) error {
			other := cart
			other.UID = "another"
			return m.Put(ctx, other)
		},
		"has ended (Completed)": func(ctx context.Context, m *k8s.Memory) error {
			other := cart
			other.Phase, other.Status = "Succeeded", "Completed"
			return m.Put(ctx, other)
		},
	} {
		t.Run(what, func(t *testing.T) {
			demo := newDemo(t)
			ctx, cancel := context.WithCancel(t.Context())
			memory := k8s.NewMemory("test", "shop")
			if err := memory.Put(ctx, cart); err != nil {
				t.Fatal(err)
			}
			watch, wait := memory.Cluster().Watch(ctx)
			t.Cleanup(func() { cancel(); wait() })
			runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: watch, DataDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { closeInTime(t, runs) })
			n := &node{Runs: runs, demo: demo}
			id := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "echo ready; exec sleep 100"}, Text: true})
			n.untilLine(t, id, "ready")
			if err := change(ctx, memory); err != nil {
				t.Fatal(err)
			}
			state := n.wait(t, id)
			if !errors.Is(state.Cause, ErrPodGone) || state.Status() != StatusFailed || state.Err != nil || state.Exit.Killed {
				t.Errorf("status %d: %+v", state.Status(), state)
			}
			if want := "the pod is gone: shop/cart " + what; state.Outcome() != want {
				t.Errorf("got %q, want %q", state.Outcome(), want)
			}
		})
	}
}

func TestACaptureOfAPodThatGoesAwayKeepsItsPacketsAndOnlyItEnds(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	other := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "echo ready; exec sleep 100"}, Text: true})
	id := n.capture(t, "-i", "eth0", "-n")
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 20 })
	n.untilLine(t, other, "ready")
	if err := n.demo.RemovePod(cart.UID); err != nil { // the pod's eth0 goes
		t.Fatal(err)
	}
	n.pods.of(cart.UID) <- k8s.Fate{Reason: "was deleted"}
	state := n.wait(t, id)
	if state.Status() == 0 || state.Outcome() == "exit 0" {
		t.Errorf("status %d, %s", state.Status(), state.Outcome())
	}
	saved := n.save(t, id, "x.pcap")
	if lines, said := readPcap(t, saved.Path); int64(len(lines)) != saved.Packets || saved.Packets < 20 || strings.Contains(said, "truncated") {
		t.Errorf("%d lines of %+v, tcpdump says %q", len(lines), saved, said)
	}
	if s := n.until(t, other, "a state", func(s State) bool { return s.Phase == Running }); s.Cause != nil {
		t.Errorf("the other pod's run: %+v", s)
	}
}

func TestAPodThatCannotHaveAToolIsToldWithAHint(t *testing.T) {
	demo := newDemo(t)
	pod := func(change func(*k8s.Pod)) k8s.Pod {
		p := podOf("other", dnsAddr)
		change(&p)
		return p
	}
	unsure := k8s.Node{Name: here.Name}
	for _, c := range []struct {
		name       string
		here       k8s.Node
		pod        k8s.Pod
		want, hint string
		atOnce     bool // known without asking the node
	}{
		{"not scheduled", here, pod(func(p *k8s.Pod) { p.Node, p.Phase, p.Status = "", "Pending", "Pending" }),
			"pod shop/other is Pending: it is not on any node yet", "kubectl describe pod -n shop other", true},
		{"pending, and its sandbox is not made", here, pod(func(p *k8s.Pod) { p.Phase, p.Status = "Pending", "ContainerCreating" }),
			"pod shop/other is Pending (ContainerCreating): it has no network namespace yet", "kubectl describe pod -n shop other", false},
		{"completed", here, pod(func(p *k8s.Pod) { p.Phase, p.Status = "Succeeded", "Completed" }),
			"pod shop/other has ended (Completed): its network namespace is gone", "choose a pod that runs", true},
		{"failed", here, pod(func(p *k8s.Pod) { p.Phase, p.Status = "Failed", "Error" }),
			"pod shop/other has ended (Error): its network namespace is gone", "choose a pod that runs", true},
		{"being deleted", here, pod(func(p *k8s.Pod) { p.Deleting, p.Status = true, "Terminating" }),
			"pod shop/other is being deleted", "choose the pod that takes its place", true},
		{"on another node", here, pod(func(p *k8s.Pod) { p.Node = "node-b" }),
			"pod shop/other runs on node node-b, podtracer on node-a", "run podtracer on node-b", true},
		{"on another node, as far as is known", unsure, pod(func(p *k8s.Pod) { p.Node = "node-b" }),
			"pod shop/other runs on node node-b, podtracer on node-a", "run podtracer on node-b", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: c.here}, Pods: &fakePods{}, DataDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer closeInTime(t, runs)
			id, err := runs.Start(Request{Pod: c.pod, Argv: []string{"true"}})
			if atOnce := err != nil; atOnce != c.atOnce {
				t.Errorf("at once: %v, %v", atOnce, err)
			}
			if err == nil {
				state, _ := runs.Wait(within(t, patience), id)
				if err = state.Err; state.Status() != StatusFailed || err == nil || state.Outcome() != err.Error() {
					t.Fatalf("status %d, %+v", state.Status(), state)
				}
			}
			if err.Error() != c.want || !strings.Contains(hint.Of(err), c.hint) || ErrorStatus(err) != StatusFailed {
				t.Errorf("got %q, hint %q, status %d", err, hint.Of(err), ErrorStatus(err))
			}
		})
	}
}

func TestAPodOfAnotherNodesNameIsFoundHereIfTheNameOfThisOneIsNotSure(t *testing.T) {
	demo := newDemo(t)
	unsure := k8s.Node{Name: "a-host-by-another-name"}
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: unsure}, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeInTime(t, runs)
	n := &node{Runs: runs, demo: demo}
	if r := n.run(t, shop, "cat", "/sys/class/net/eth0/address"); r.Status() != 0 || !strings.HasPrefix(r.out, "0a:58:0a:f4:00:0b") {
		t.Errorf("got %q, %+v", r.out, r.State)
	}
}

func TestAHostNetworkPodIsTheNode(t *testing.T) {
	n := newNode(t)
	pod := podOf("exporter", dnsAddr)
	pod.HostNetwork = true
	if err := containsAll(n.run(t, pod, "ls", "/sys/class/net").out, "cni0\n", "veth1\n"); err != nil {
		t.Error(err)
	}
}

// brokenLauncher starts a tool and then fails while it runs.
type brokenLauncher struct {
	onThisNode
	err error
}

func (l brokenLauncher) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	<-ctx.Done()
	return launch.Exit{}, l.err
}

func TestAToolThatIsLostWhileItIsStoppedIsAnErrorAndNoGoodEnd(t *testing.T) {
	lost := errors.New("the guard of the tool ended early")
	runs, err := NewRuns(context.Background(), Deps{Launcher: brokenLauncher{err: lost}, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeInTime(t, runs)
	n := &node{Runs: runs}
	id := n.start(t, Request{Pod: shop, Argv: []string{"true"}, Limits: Limits{Timer: 20 * time.Millisecond}})
	if state := n.wait(t, id); !errors.Is(state.Err, lost) || state.Status() != StatusLost {
		t.Errorf("status %d, %+v", state.Status(), state)
	}
}

func TestCloseWaitsForWhatIsBeingSaved(t *testing.T) {
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: newDemo(t), Here: here}, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs}
	id := n.run(t, shop, "head", "-c", "30000000", "/dev/zero").id
	dir := t.TempDir()
	saved := make(chan error)
	go func() { // ended by Save
		_, err := n.Save(context.Background(), id, save.Target{Path: dir + "/x"})
		saved <- err
	}()
	eventually.Nil(t, patience, func() error {
		if len(globbed(dir+"/.podtracer-*"))+len(globbed(dir+"/x")) == 0 {
			return errors.New("nothing is being saved")
		}
		return nil
	})
	closeInTime(t, n.Runs)
	if left := globbed(dir + "/.podtracer-*"); len(left) > 0 {
		t.Errorf("Close has returned, and there is %v", left)
	}
	if err := <-saved; err != nil {
		t.Error(err)
	}
}

func TestAMillionLinesOfAToolAreAllCountedAndKeptInTheFile(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: shop, Argv: []string{"seq", "1000000"}, Text: true})
	ctx := within(t, 2*patience)
	var seen, last uint64
	for end := false; !end; {
		var lines []text.Line
		if lines, end = n.newer(ctx, t, id, last); len(lines) > 0 {
			seen, last = seen+uint64(len(lines)), lines[len(lines)-1].Number
		}
	}
	state := n.wait(t, id)
	if seen != 1e6 || last != 1e6 || state.Lines != 1e6 || state.Bytes != 6888896 {
		t.Errorf("%d lines were seen, the last was number %d: %+v", seen, last, state)
	}
	if got := readAll(t, n.save(t, id, "x").Path); got != onHost(t, "seq", "1000000") {
		t.Errorf("%d bytes are saved", len(got))
	}
}

// A tcpdump whose interface disappears ends at once, and throws away what the kernel still has for it.
func TestWhatTcpdumpHadNotReadWhenItsPodWentAwayIsMissing(t *testing.T) {
	n := newNode(t)
	id := n.captureFlood(t, unseen)
	n.until(t, id, "counters", func(s State) bool { return s.Counters.Known })
	stopped(t, toolOf(t, n.state(t, id).Argv), func() {
		newSender(t, n, shop).send(t, 200, 100)
		if err := n.demo.RemovePod(cart.UID); err != nil {
			t.Fatal(err)
		}
	})
	n.pods.of(cart.UID) <- k8s.Fate{Reason: "was deleted"}
	state := n.wait(t, id)
	lost := slices.ContainsFunc(state.Losses, func(l report.Loss) bool { return l.Kind == report.LostWithInterface && l.Count == 200 })
	if !lost || state.Status() != StatusLost || !strings.Contains(state.Verdict().String(), "not yet read when the pod's interface disappeared") {
		t.Errorf("status %d, %q; %d packets, counters %+v", state.Status(), state.Verdict(), state.Packets, state.Counters)
	}
}
