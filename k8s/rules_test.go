package k8s

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// hostile are values that Kubernetes does not allow anywhere.
var hostile = []string{
	"\x1b]52;c;aGk=\a", "a\nb", "../../etc/passwd", "a/b", "..", "$(id)", "`id`", "-rf", "a b", "A", "ü", "a\u202eb", "\xff", "a\x00",
	strings.Repeat("a", 254),
}

func allowed() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "cart-0.a", UID: "5d74dc1b-8849-4441-a6ce-bad31baa981e",
			Labels: map[string]string{"app.kubernetes.io/name": "Cart_1.0", "empty": ""},
		},
		Spec: corev1.PodSpec{
			NodeName: "ip-10-0-0-1.ec2.internal", Containers: []corev1.Container{{Name: "app"}}, InitContainers: []corev1.Container{{Name: "init"}},
			EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug"}}},
		},
		Status: corev1.PodStatus{
			PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd00::1"}}, HostIP: "192.0.2.1", HostIPs: []corev1.HostIP{{IP: "192.0.2.1"}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "app", ContainerID: "containerd://" + strings.Repeat("c", 64)}, {Name: "new"}},
		},
	}
}

func TestAPodIsHeldToTheRulesOfKubernetes(t *testing.T) {
	if _, err := podOf(allowed()); err != nil {
		t.Fatalf("an allowed pod: %v", err)
	}
	for what, set := range map[string]func(*corev1.Pod, string){
		"the namespace of a pod":   func(p *corev1.Pod, s string) { p.Namespace = s },
		"the name of a pod":        func(p *corev1.Pod, s string) { p.Name = s },
		"the name of a node":       func(p *corev1.Pod, s string) { p.Spec.NodeName = s },
		"the name of a container":  func(p *corev1.Pod, s string) { p.Spec.Containers[0].Name = s },
		"the name of a container ": func(p *corev1.Pod, s string) { p.Spec.InitContainers[0].Name = s },
		"the name of a container.": func(p *corev1.Pod, s string) { p.Spec.EphemeralContainers[0].Name = s },
		"an address":               func(p *corev1.Pod, s string) { p.Status.PodIPs[1].IP = s },
		"an address ":              func(p *corev1.Pod, s string) { p.Status.PodIP = s },
		"an address.":              func(p *corev1.Pod, s string) { p.Status.HostIPs[0].IP = s },
		"an address:":              func(p *corev1.Pod, s string) { p.Status.HostIP = "fe80::1%" + s },
	} {
		for _, value := range hostile {
			p := allowed()
			set(p, value)
			refused(t, p, strings.TrimRight(what, " .:"), value)
		}
	}
	for what, set := range map[string]func(*corev1.Pod, string){ // upper and lower case letters are allowed
		"the UID of a pod":      func(p *corev1.Pod, s string) { p.UID = types.UID(s) },
		"the id of a container": func(p *corev1.Pod, s string) { p.Status.ContainerStatuses[0].ContainerID = "containerd://" + s },
		"a label's value":       func(p *corev1.Pod, s string) { p.Labels["app"] = s },
		"a label's key":         func(p *corev1.Pod, s string) { p.Labels[s] = "x" },
	} {
		for _, value := range []string{"\x1b]52;c;aGk=\a", "a\nb", "../../etc/passwd", "a/b/c", "$(id)", "a b", "ü", "a,b=c", strings.Repeat("a", 254)} {
			p := allowed()
			set(p, value)
			refused(t, p, what, value)
		}
	}
	for _, empty := range []func(*corev1.Pod){
		func(p *corev1.Pod) { p.Namespace = "" }, func(p *corev1.Pod) { p.Name = "" }, func(p *corev1.Pod) { p.UID = "" },
		func(p *corev1.Pod) { p.Spec.Containers[0].Name = "" },
	} {
		p := allowed()
		empty(p)
		refused(t, p, "", "")
	}
	large := allowed()
	for range 2000 {
		large.Spec.Containers = append(large.Spec.Containers, corev1.Container{Name: strings.Repeat("a", 63)})
	}
	refused(t, large, "bytes of labels, containers and addresses the pod", "")
}

// Everybody who may create a service may give it as many external addresses as fit into an object, and each is compared with every
// other.
func TestAServiceWithVeryManyAddressesIsRefused(t *testing.T) {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"}}
	for i := range 1000 {
		s.Spec.ExternalIPs = append(s.Spec.ExternalIPs, podAddr(i).String())
	}
	if err := rules.CheckService(s); err != nil {
		t.Errorf("with a thousand: %v", err)
	}
	for i := range 100_000 {
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: podAddr(i).String()})
	}
	if err := rules.CheckService(s); !errors.Is(err, rules.ErrRefused) || hint.Of(err) == "" {
		t.Errorf("with a hundred thousand: %v", err)
	}
}

func FuzzSimpleNamesAreAllowed(f *testing.F) {
	for _, s := range append(hostile, "", "a", "a.b-c", "a-.b", "-a", "a.", "0", "app.kubernetes.io") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		label, name, value := validation.IsDNS1123Label(s), validation.IsDNS1123Subdomain(s), validation.IsValidLabelValue(s)
		if rules.IsLabel(s) != (len(label) == 0) || rules.IsName(s) != (len(name) == 0) || rules.IsLabelKey(s) != (len(validation.IsQualifiedName(s)) == 0) {
			t.Errorf("%q: label %v %v, name %v %v, key %v", s, rules.IsLabel(s), label, rules.IsName(s), name, rules.IsLabelKey(s))
		}
		if rules.IsSimple(s, 63) && len(value) > 0 {
			t.Errorf("%q: %v", s, value)
		}
	})
}

// refused checks that the pod is refused, with an error that names what is wrong and quotes the value.
func refused(t *testing.T, p *corev1.Pod, what, value string) {
	t.Helper()
	_, err := podOf(p)
	if !errors.Is(err, rules.ErrRefused) || hint.Of(err) == "" || !strings.Contains(err.Error(), what) {
		t.Errorf("%s = %q: got %v", what, value, err)
		return
	}
	checkSentence(t, err.Error())
}

func checkSentence(t *testing.T, sentence string) {
	t.Helper()
	if rules.Printable(sentence, len(sentence), "") != sentence || len(sentence) > 600 {
		t.Errorf("the sentence has raw bytes or is too long: %.300q", sentence)
	}
}

func TestTextsWithoutRulesAreShortAndPrintable(t *testing.T) {
	p := allowed()
	long := strings.Repeat("ü", 1<<20)
	for _, reason := range []string{"\x1b]0;x\a\n\xff", long} {
		p.Status.Phase, p.Status.Reason = corev1.PodPhase(reason), reason
		is := fromAPI(p)
		for _, got := range []string{is.Phase, is.Status} {
			if len(got) > rules.LongestWord+len("…") || rules.Printable(got, 1000, "") != got {
				t.Errorf("got %q", got)
			}
		}
	}
	if got := rules.Text(" a\tb\nc\x1b[2J "); got != "a\tb\nc\ufffd[2J" {
		t.Errorf("got %q", got)
	}
	err := explain(errors.New(long+"\x1b"), "list pods", "")
	checkSentence(t, rules.Printable(err.Error(), 500, "\x1b"))
	if strings.Contains(err.Error(), "\x1b") || len(err.Error()) > rules.LongestText+len("…") {
		t.Errorf("got %d bytes", len(err.Error()))
	}
}

// bad returns a pod that no API server of Kubernetes has.
func bad(name string) Pod {
	p := running("shop", name, "9")
	p.IPs = []string{"10.244.0.9"}
	return p
}

func TestWhatBreaksTheRulesIsLeftOutOfTheListAndSaid(t *testing.T) {
	m := NewMemory("test", "shop")
	put(t, m, running("shop", "cart", "1"))
	put(t, m, bad("\x1b]52;c;aGk=\a"))
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().WatchFrom(ctx, "node1")
	defer wait()
	defer cancel()
	left := func(pods, refused int) func(Snapshot) bool {
		return func(s Snapshot) bool {
			if s.Refusal != nil {
				checkSentence(t, s.Refusal.Error())
			}
			for _, p := range s.Pods {
				if !rules.IsName(p.Name) || !rules.IsUID(p.UID) {
					t.Errorf("got pod %q", p)
				}
			}
			return s.Synced && len(s.Pods) == pods && s.Refused == refused && (s.Refusal != nil) == (refused > 0)
		}
	}
	await(t, w, "one left out of the first list", left(1, 1))
	put(t, m, bad("../../x"))
	await(t, w, "one left out of what came later", left(1, 2))
	put(t, m, running("shop", "cart", "\x1b"))
	await(t, w, "one that became bad", left(0, 3))
	put(t, m, running("shop", "cart", "1"))
	await(t, w, "one that became good", left(1, 2))
	if err := m.Delete(t.Context(), bad("../../x")); err != nil {
		t.Fatal(err)
	}
	await(t, w, "one that went", left(1, 1))
	if err := m.AddNamespace(t.Context(), "\x1b[2J"); err != nil {
		t.Fatal(err)
	}
	if err := m.AddService(t.Context(), "shop", "$(id)", "10.96.0.7"); err != nil {
		t.Fatal(err)
	}
	s := await(t, w, "a namespace and a service", left(1, 3))
	if len(s.Services) != 0 || strings.Join(s.Namespaces, " ") != "shop" {
		t.Errorf("got services %q, namespaces %q", s.Services, s.Namespaces)
	}
	for _, addr := range []string{"10.244.0.9", "10.96.0.7"} {
		if name, ok := s.Names.At(netip.MustParseAddr(addr), time.Time{}); ok {
			t.Errorf("got %q", name)
		}
	}
}

func TestAPodOfWhichTheApiSaysNonsenseIsNotGone(t *testing.T) {
	m := NewMemory("test", "shop")
	cart := running("shop", "cart", "1")
	put(t, m, cart)
	ctx, cancel := context.WithCancel(t.Context())
	w, wait := m.Cluster().Watch(ctx)
	defer wait()
	defer cancel()
	await(t, w, "the pod", func(s Snapshot) bool { return s.Synced && len(s.Pods) == 1 })
	put(t, m, running("shop", "cart", "\x1b"))
	await(t, w, "nonsense", func(s Snapshot) bool { return s.Refused == 1 && len(s.Pods) == 0 })
	told := make(chan string, 1)
	go func() { // ends with ctx, or with the pod
		fate, _ := w.Gone(ctx, cart)
		told <- fate.Reason
	}()
	put(t, m, bad("other\x1b")) // another snapshot
	await(t, w, "more nonsense", func(s Snapshot) bool { return s.Refused == 2 })
	select {
	case reason := <-told:
		t.Fatalf("Gone returned, although the pod exists: it %s", reason)
	default:
	}
	if err := m.Delete(t.Context(), cart); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != wasDeleted {
		t.Errorf("got %q", got)
	}
}

func TestOneThatBreaksTheRulesIsRefused(t *testing.T) {
	m := NewMemory("test", "shop")
	cart := running("shop", "cart", "\x1b]52;c;aGk=\a")
	put(t, m, cart)
	c := m.Cluster()
	_, gotten := c.Pod(t.Context(), "shop", "cart")
	_, looked := c.Details(t.Context(), cart)
	for _, err := range []error{gotten, looked} {
		if !errors.Is(err, rules.ErrRefused) {
			t.Errorf("got %v", err)
			continue
		}
		checkSentence(t, err.Error())
	}
	for _, name := range hostile {
		_, err := c.Pod(t.Context(), "shop", name)
		if err == nil {
			t.Fatalf("%q was found", name)
		}
		checkSentence(t, err.Error())
		_, err = c.Pod(t.Context(), name, "cart")
		checkSentence(t, err.Error())
	}
	names, err := c.Names(t.Context(), []netip.Addr{netip.MustParseAddr("10.244.0.7")}, time.Time{})
	if err != nil || names.Len() != 0 || !strings.Contains(names.Incomplete(), "left out because they break the rules of Kubernetes: 1") {
		t.Errorf("got %d names, %q, %v", names.Len(), names.Incomplete(), err)
	}
}

func TestAnOwnerThatBreaksTheRulesIsRefused(t *testing.T) {
	for _, o := range [][2]string{{"Replica\x1bSet", "a"}, {"ReplicaSet", "../../x"}, {"ReplicaSet", "\x1b[2J"}, {"", "a"}} {
		m := NewMemory("test", "shop")
		cart := running("shop", "cart", "1")
		put(t, m, cart)
		if err := m.Own(t.Context(), cart, o[0], o[1]); err != nil {
			t.Fatal(err)
		}
		_, err := m.Cluster().Details(t.Context(), cart)
		if !errors.Is(err, rules.ErrRefused) {
			t.Errorf("%q: got %v", o, err)
			continue
		}
		checkSentence(t, err.Error())
	}
}
