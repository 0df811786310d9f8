package k8s

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A mirror pod stands for a static pod, which its node identifies by a hash. Everybody who may create a pod may write such a hash into
// its annotations.
func TestOnlyAMirrorPodOfItsNodeHasAHash(t *testing.T) {
	const hash, victim = "0d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0", "5d74dc1b-8849-4441-a6ce-bad31baa981e"
	annotate := func(hash, mirror string) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Annotations = map[string]string{"kubernetes.io/config.hash": hash, "kubernetes.io/config.mirror": mirror}
		}
	}
	own := func(owners ...metav1.OwnerReference) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.OwnerReferences = owners }
	}
	node := reference("v1", "Node", "node1")
	no := false
	uncontrolled := node
	uncontrolled.Controller = &no
	for name, c := range map[string]struct {
		change func(*corev1.Pod)
		want   string
	}{
		"a real one":                       {func(*corev1.Pod) {}, hash},
		"no annotation":                    {func(p *corev1.Pod) { p.Annotations = nil }, ""},
		"only the hash":                    {func(p *corev1.Pod) { delete(p.Annotations, "kubernetes.io/config.mirror") }, ""},
		"only the mirror":                  {func(p *corev1.Pod) { delete(p.Annotations, "kubernetes.io/config.hash") }, ""},
		"the two do not agree":             {annotate(hash, "1d5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0"), ""},
		"the UID of another pod":           {annotate(victim, victim), ""},
		"the UID of another without form":  {annotate("5D74DC1B88494441A6CEBAD31BAA981E", "5D74DC1B88494441A6CEBAD31BAA981E"), ""},
		"too short":                        {annotate("0123abcd", "0123abcd"), ""},
		"too long":                         {annotate(hash+"0", hash+"0"), ""},
		"other letters":                    {annotate("zd5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0", "zd5f0ba7c5ee2d4b7c1a9ac4b4a6f1e0"), ""},
		"nobody owns it":                   {own(), ""},
		"a workload owns it":               {own(reference("apps/v1", "ReplicaSet", "node1")), ""},
		"another node owns it":             {own(reference("v1", "Node", "node2")), ""},
		"a Node of another API owns it":    {own(reference("example.com/v1", "Node", "node1")), ""},
		"its node owns it and another too": {own(node, reference("apps/v1", "ReplicaSet", "web")), ""},
		"its node does not control it":     {own(uncontrolled), ""},
		"it is on no node":                 {func(p *corev1.Pod) { p.Spec.NodeName = "" }, ""},
		"it is on no node, and nobody owns it by name": {func(p *corev1.Pod) {
			p.Spec.NodeName, p.OwnerReferences[0].Name = "", ""
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "etcd-node1", UID: "1", OwnerReferences: []metav1.OwnerReference{node}},
				Spec:       corev1.PodSpec{NodeName: "node1"},
			}
			annotate(hash, hash)(pod)
			c.change(pod)
			if got := fromAPI(pod).StaticHash; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAStaticPodIsTheSameWhateverUidItsMirrorHas(t *testing.T) {
	hash := "0123456789abcdef0123456789abcdef"
	was, now := Pod{UID: hash, StaticHash: hash}, Pod{UID: "new", StaticHash: hash}
	if fate := FateOf(was, now); fate.sealed() {
		t.Errorf("%+v", fate)
	}
	now.StaticHash = "fedcba9876543210fedcba9876543210"
	if fate := FateOf(was, now); fate.Reason != wasReplaced {
		t.Errorf("another static pod: %+v", fate)
	}
}
