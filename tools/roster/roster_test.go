package roster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
)

// watch is what the API says.
type watch struct{ latest.Value[k8s.Snapshot] }

func (w *watch) Gone(ctx context.Context, _ k8s.Pod) (k8s.Fate, error) {
	<-ctx.Done()
	return k8s.Fate{}, ctx.Err()
}

// runtime is what the runtime has.
type runtime struct {
	mu    sync.Mutex
	pods  []ns.Resident
	err   error
	asked int
}

func (r *runtime) List(context.Context) ([]ns.Resident, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	return r.pods, r.err
}

func (r *runtime) has(pods ...ns.Resident) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pods = pods
}

func resident(name, ip string) ns.Resident {
	return ns.Resident{
		Pod: ns.Pod{Namespace: "shop", Name: name, UID: "uid-" + name}, Ready: true, Created: time.Now(), IPs: []string{ip},
		Containers: []ns.Container{{Name: "main", State: ns.ContainerRunning}},
	}
}

func pod(name, node string) k8s.Pod {
	return k8s.Pod{Namespace: "shop", Name: name, UID: "uid-" + name, Node: node, Phase: "Running", Status: "Running", Labels: "app=" + name}
}

func node(r *runtime) *Node { return &Node{Here: k8s.Node{Name: "node1", Sure: true}, Runtime: r} }

func follow(t *testing.T, api API, n *Node) *Roster {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, wait := Follow(ctx, api, n)
	t.Cleanup(func() { cancel(); wait() })
	return r
}

// await waits for a list with these pods.
func await(t *testing.T, r *Roster, names string) k8s.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for seen := uint64(0); ; {
		s, version, err := r.Next(ctx, seen)
		if err != nil {
			last, _ := r.list.Get()
			t.Fatalf("no list with %q; the last one: %+v", names, last)
		}
		seen = version
		var got []string
		for _, p := range s.Pods {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") == names {
			return s
		}
	}
}

var errAway = errors.New("the API does not answer: connection refused")

func TestWhileTheAPIAnswersTheRuntimeIsNotAsked(t *testing.T) {
	api, rt := &watch{}, &runtime{}
	r := follow(t, api, node(rt))
	api.Set(k8s.Snapshot{Synced: true, Pods: []k8s.Pod{pod("a", "node1"), pod("b", "node2")}})
	if s := await(t, r, "a b"); s.Standin != "" || rt.asked > 0 {
		t.Errorf("asked %d times: %+v", rt.asked, s)
	}
}

func TestWhileTheAPIIsAwayTheNodesPodsAreTheRuntimesAndThenAllTheAPIs(t *testing.T) {
	api, rt := &watch{}, &runtime{}
	rt.has(resident("a", "10.0.0.1"), resident("new", "10.0.0.2"))
	r := follow(t, api, node(rt))
	synced := k8s.Snapshot{Synced: true, Pods: []k8s.Pod{pod("a", "node1"), pod("b", "node2"), pod("gone", "node1")}}
	api.Set(synced)
	await(t, r, "a b gone")
	lost := synced
	lost.Err = errAway
	api.Set(lost)
	s := await(t, r, "a b new")
	if s.Standin != "node1" || s.Err == nil || s.Pods[0].Labels != "app=a" || s.Pods[0].IP() != "10.0.0.1" || s.Pods[2].Node != "node1" {
		t.Errorf("%+v", s)
	}
	rt.has(resident("a", "10.0.0.1"))
	await(t, r, "a b")
	api.Set(synced)
	if s := await(t, r, "a b gone"); s.Standin != "" || s.Err != nil {
		t.Errorf("%+v", s)
	}
}

func TestARefusalOfTheAPIIsNotGoneAround(t *testing.T) {
	for _, refusal := range []error{k8s.ErrForbidden, k8s.ErrUnauthorized, k8s.ErrPlugin} {
		api, rt := &watch{}, &runtime{}
		rt.has(resident("secret", "10.0.0.1"))
		r := follow(t, api, node(rt))
		api.Set(k8s.Snapshot{Err: refusal})
		if s := await(t, r, ""); s.Standin != "" || rt.asked > 0 {
			t.Errorf("%v: %+v", refusal, s)
		}
	}
}

func TestAMachineThatIsNoNodeOfTheClusterDoesNotStandIn(t *testing.T) {
	api, rt := &watch{}, &runtime{}
	rt.has(resident("of-another-cluster", "10.0.0.1"))
	n := node(rt)
	n.Here = k8s.Node{Name: "laptop"}
	r := follow(t, api, n)
	api.Set(k8s.Snapshot{Synced: true, Pods: []k8s.Pod{pod("b", "node2")}, Err: errAway})
	if s := await(t, r, "b"); s.Standin != "" {
		t.Errorf("%+v", s)
	}
}

func TestAPodThatTheRuntimeDoesNotHaveAnyMoreIsGone(t *testing.T) {
	rt := &runtime{}
	rt.has(resident("a", "10.0.0.1"))
	n := node(rt)
	r := follow(t, nil, n)
	a := await(t, r, "a").Pods[0]
	rt.has()
	fate, err := r.Gone(t.Context(), a)
	if err != nil || fate.Reason != "was deleted" {
		t.Errorf("%+v, %v", fate, err)
	}
	if fate, err := n.Gone(t.Context(), a); err != nil || fate.Reason != "was deleted" {
		t.Errorf("by the runtime alone: %+v, %v", fate, err)
	}
}

// Between two sandboxes of a pod, its containers have ended.
func TestAPodThatGetsANewSandboxHasNotEnded(t *testing.T) {
	old := resident("cart", "10.0.0.1")
	old.Ready, old.Containers = false, []ns.Container{{Name: "main", State: ns.ContainerEnded, Exit: 137, Reason: "Error"}}
	r := &runtime{pods: []ns.Resident{old}}
	was := pod("cart", "node1")
	was.IPs = []string{"10.0.0.1"}
	gone := make(chan k8s.Fate, 1)
	go func() { // ends with the pod's network
		fate, _ := node(r).Gone(t.Context(), was)
		gone <- fate
	}()
	eventually.Nil(t, time.Minute, func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.asked < 2 {
			return errors.New("it was not asked twice")
		}
		return nil
	})
	r.has(resident("cart", "10.0.0.2"))
	if fate := <-gone; !fate.Renewed {
		t.Errorf("%+v", fate)
	}
}

// A runtime that is being restarted has said nothing yet of the pod.
func TestAPodIsNotGoneBecauseTheRuntimeDoesNotAnswerAtFirst(t *testing.T) {
	r := &runtime{err: errors.New("no socket")}
	gone := make(chan k8s.Fate, 1)
	go func() { // ends with the pod
		fate, _ := node(r).Gone(t.Context(), pod("cart", "node1"))
		gone <- fate
	}()
	eventually.Nil(t, time.Minute, func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.asked < 2 {
			return errors.New("it was not asked twice")
		}
		return nil
	})
	select {
	case fate := <-gone:
		t.Fatalf("it %s", fate.Reason)
	default:
	}
	r.mu.Lock()
	r.err = nil
	r.mu.Unlock()
	if fate := <-gone; fate.Reason != "was deleted" {
		t.Errorf("%+v", fate)
	}
}

func TestARuntimeThatDoesNotAnswerKeepsTheLastList(t *testing.T) {
	rt := &runtime{}
	rt.has(resident("a", "10.0.0.1"))
	r := follow(t, nil, node(rt))
	await(t, r, "a")
	rt.mu.Lock()
	rt.err = errors.New("no socket")
	rt.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for seen := uint64(0); ; {
		s, version, err := r.Next(ctx, seen)
		if err != nil {
			t.Fatal(err)
		}
		if seen = version; s.Err != nil {
			if len(s.Pods) != 1 || s.Since.IsZero() {
				t.Errorf("%+v", s)
			}
			return
		}
	}
}

func TestTheStandingOfAPodIsThatOfItsContainers(t *testing.T) {
	at := time.Now()
	ended := func(name string, exit int, reason string, finished time.Time) ns.Container {
		return ns.Container{Name: name, State: ns.ContainerEnded, Exit: exit, Reason: reason, Created: at, Finished: finished}
	}
	runs := ns.Container{Name: "main", State: ns.ContainerRunning, Created: at.Add(2 * time.Second)}
	for name, c := range map[string]struct {
		ready      bool
		containers []ns.Container
		want       string
	}{
		"no container yet":               {true, nil, "Pending ContainerCreating 0/0"},
		"one runs after an init":         {true, []ns.Container{ended("init", 0, "Completed", at.Add(time.Second)), runs}, "Running Running 1/1"},
		"one of two has failed":          {true, []ns.Container{ended("side", 3, "Error", at.Add(time.Second)), runs}, "Running Error 1/2"},
		"a container is out of memory":   {true, []ns.Container{ended("main", 137, "OOMKilled", at)}, "Running OOMKilled 0/1"},
		"all have ended well":            {false, []ns.Container{ended("main", 0, "Completed", at)}, "Succeeded Completed 0/1"},
		"one has failed, and no sandbox": {false, []ns.Container{ended("main", 1, "Error", at)}, "Failed Error 0/1"},
	} {
		r := resident("a", "10.0.0.1")
		r.Ready, r.Containers = c.ready, c.containers
		p := node(nil).podOf(r)
		if got := p.Phase + " " + p.Status + " " + string(rune('0'+p.Ready)) + "/" + string(rune('0'+p.Containers)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPodsWhoseNamesBreakTheRulesAreLeftOut(t *testing.T) {
	rt := &runtime{}
	odd := resident("a", "10.0.0.1")
	odd.Name = "../x"
	dead := resident("dead", "")
	dead.Ready, dead.Containers = false, nil
	labelled := resident("b", "fd00::1")
	labelled.Labels = map[string]string{"app": "b", "x\x1b": "y", "long": strings.Repeat("l", 100)}
	rt.has(odd, dead, labelled)
	pods, err := node(rt).Pods(t.Context())
	if err != nil || len(pods) != 1 || pods[0].Labels != "app=b" || pods[0].IP() != "fd00::1" {
		t.Errorf("%+v, %v", pods, err)
	}
}
