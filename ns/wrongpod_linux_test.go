package ns

import (
	"errors"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestOfTwoSandboxesThatAreReadyNoneIsEntered(t *testing.T) {
	node := newFakeNode(t)
	old := sandbox("old", cart, withPath("/run/netns/old"))
	live := sandbox("live", cart, withPath("/run/netns/live"))
	live.Sandbox.CreatedAt = 2
	cri := ask(t, node, says(old, live))
	node.process(t, 30, fakeProcess{cgroup: inCart + id64("c"), netns: "/proc/self/ns/net"})
	err := refuse(t, First(cri, NewProc(node.proc)), cart, "sandboxes live and old are ready")
	if !errors.Is(err, ErrAmbiguous) || strings.Contains(err.Error(), "search processes") {
		t.Errorf("got %v", err)
	}
}

// Whoever may create a pod may write its annotations, so another pod's sandbox can carry this pod's UID. It must not be
// taken for this pod's.
func TestTheSandboxOfAnotherPodIsNotEnteredByItsUIDOrHash(t *testing.T) {
	const victimUID = "11111111-8849-4441-a6ce-bad31baa981e"
	for name, other := range map[string]Pod{
		"another pod":                            {Namespace: "shop", Name: "victim", UID: victimUID},
		"another static pod":                     {Namespace: "kube-system", Name: "etcd-a", UID: hash},
		"a static pod of the same name":          {Namespace: "kube-system", Name: cart.Name, UID: hash},
		"a static pod of the same namespace":     {Namespace: cart.Namespace, Name: "etcd-a", UID: hash},
		"another pod of the same name and place": {Namespace: cart.Namespace, Name: cart.Name, UID: victimUID},
	} {
		t.Run(name, func(t *testing.T) {
			hostile := cart
			hostile.StaticHash = other.UID
			r := says(sandbox("s", other, withPath("/run/netns/s")))
			if err := refuse(t, ask(t, newFakeNode(t), r), hostile); !errors.Is(err, ErrNotHere) {
				t.Errorf("got %v, want ErrNotHere", err)
			}
			r = says(sandbox("s", other, withPath("/run/netns/s")))
			r.Sandboxes[0].Sandbox.Labels[labelUID] = cart.UID // the label alone does not make it the pod's either
			if err := refuse(t, ask(t, newFakeNode(t), r), hostile); !errors.Is(err, ErrNotHere) {
				t.Errorf("got %v, want ErrNotHere", err)
			}
		})
	}
}

func TestAStatusOfAnotherSandboxIsNotBelieved(t *testing.T) {
	for name, change := range map[string]func(*runtimeapi.PodSandboxStatus){
		"another id": func(s *runtimeapi.PodSandboxStatus) { s.Id = "other" },
		"another pod": func(s *runtimeapi.PodSandboxStatus) {
			s.Metadata = &runtimeapi.PodSandboxMetadata{Name: "victim", Namespace: "shop", Uid: uid}
		},
		"nobody's": func(s *runtimeapi.PodSandboxStatus) { s.Metadata = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := sandbox("s", cart, withPath("/run/netns/s"))
			change(s.Status)
			refuse(t, ask(t, newFakeNode(t), says(s)), cart, "sandbox s: the runtime's status is about another sandbox")
		})
	}
}

// The recorded answers of two runtimes about a pod lead to that pod only, even if another pod has its UID as a hash.
func TestEachRuntimesAnswersLeadNobodyElseToAPod(t *testing.T) {
	for _, runtime := range []string{"containerd-1.6.20", "containerd-2.4.2", "cri-o-1.37.0"} {
		r := readRecording(t, runtime)
		cri := ask(t, newFakeNode(t), &fakeRuntime{recording: r})
		for _, name := range []string{"plain", "hostnet", "crashing", "init-only"} {
			t.Run(runtime+" "+name, func(t *testing.T) {
				const other = "11111111-8849-4441-a6ce-bad31baa981e"
				victim := r.sandbox(t, name).pod()
				for _, hostile := range []Pod{
					{Namespace: victim.Namespace, Name: "hostile", UID: other, StaticHash: victim.UID},
					{Namespace: "other", Name: victim.Name, UID: other, StaticHash: victim.UID},
					{Namespace: victim.Namespace, Name: victim.Name, UID: other, StaticHash: victim.UID},
					{Namespace: victim.Namespace, Name: "hostile", UID: victim.UID},
				} {
					if err := refuse(t, cri, hostile); !errors.Is(err, ErrNotHere) {
						t.Errorf("%+v: got %v, want ErrNotHere", hostile, err)
					}
				}
			})
		}
	}
}

// Two processes in the same cgroup but in different namespaces: one is not what it seems, or podtracer cannot know which is right.
func TestIfTwoNamespacesFitNoneIsEntered(t *testing.T) {
	one, _ := startPodProcess(t, 0)
	two, _ := startPodProcess(t, 0)
	for _, parents := range [][2]int{{5, 5}, {40, 40}} { // the first of their containers, or started by one that is gone
		node := newFakeNode(t)
		node.process(t, 30, fakeProcess{cgroup: inCart + id64("c"), parent: parents[0], netns: netnsOf(one)})
		node.process(t, 31, fakeProcess{cgroup: inCart + id64("c"), parent: parents[1], netns: netnsOf(two)})
		node.process(t, 40, fakeProcess{cgroup: inCart + id64("c"), parent: 5})
		err := refuse(t, NewProc(node.proc), cart, node.proc+"/30/ns/net and "+node.proc+"/31/ns/net differ")
		if !errors.Is(err, ErrAmbiguous) || !strings.Contains(hint.Of(err), "the runtime knows which is the pod's") {
			t.Errorf("got %v, hint %q", err, hint.Of(err))
		}
		node.process(t, 32, fakeProcess{cgroup: inCart + id64("c"), parent: 5, netns: netnsOf(one)})
		write(t, node.proc+"/31/cgroup", "0::/")
		locate(t, NewProc(node.proc), cart) // the same namespace twice is no conflict
	}
}

// The API does not list sandboxes: a process in the pod's cgroup is not certainly the pod's.
func TestAProcessInAContainerThatTheAPIDoesNotListIsNotEntered(t *testing.T) {
	pid, _ := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.process(t, 30, fakeProcess{cgroup: inCart + id64("a"), netns: netnsOf(pid)})
	err := refuse(t, NewProc(node.proc), cart, "the pod's processes are in no container that the API lists")
	if errors.Is(err, ErrNotHere) || !strings.Contains(hint.Of(err), "only the container runtime knows a sandbox") {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
}

// The requested pod has a process in a cgroup that it made and named like another pod's, and vice versa.
func TestAPodThatNamesItsCgroupsAsAnotherIsNeitherOfThem(t *testing.T) {
	liar, victim := Pod{Namespace: "shop", Name: "liar", UID: "11111111-8849-4441-a6ce-bad31baa981e", ContainerIDs: []string{id64("a")}}, cart
	lying, _ := startPodProcess(t, 0)
	node := newFakeNode(t)
	node.process(t, 30, fakeProcess{
		cgroup: "0::/kubepods/burstable/pod" + liar.UID + "/" + id64("a") + "/kubepods/burstable/pod" + victim.UID + "/" + id64("c"), netns: netnsOf(lying),
	})
	node.process(t, 31, fakeProcess{cgroup: "0::/kubepods/pod99999999-8849-4441-a6ce-bad31baa981e/" + id64("e")})
	for _, pod := range []Pod{liar, victim} {
		if err := refuse(t, NewProc(node.proc), pod); !errors.Is(err, ErrNotHere) {
			t.Errorf("%s: got %v, want ErrNotHere", pod, err)
		}
	}
}

// A pod's own cgroup with another pod's name, in the kernel's real cgroups and procfs.
func TestARealProcessInARealCgroupOfItsOwnMakingIsNotAnothers(t *testing.T) {
	liar := Pod{Namespace: "shop", Name: "liar", UID: "11111111-8849-4441-a6ce-bad31baa981e", ContainerIDs: []string{id64("a")}}
	join := makeCgroup(t, "/kubepods/burstable/pod"+liar.UID+"/"+id64("a")+"/kubepods/burstable/pod"+uid+"/"+id64("c"))
	lying, _ := startPodProcess(t, 0)
	join(lying)
	proc := NewProc(realProc(t, lying))
	for _, pod := range []Pod{cart, liar} {
		if err := refuse(t, proc, pod); errors.Is(err, ErrAmbiguous) {
			t.Errorf("%s: got %v", pod, err)
		}
	}
}
