package k8s

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/k8s/addresses"
)

// clock returns a time on the day of the tests.
func clock(text string) time.Time {
	at, err := time.Parse(time.DateTime, "2026-11-22 "+text)
	if err != nil {
		panic(err)
	}
	return at
}

// owned returns a running pod that started at a time, with its own addresses.
func owned(name, since string, ips ...string) Pod {
	return Pod{
		Namespace: "shop", Name: name, UID: "uid-" + name, Node: "node1", Phase: "Running", Status: "Running",
		Containers: 1, Started: clock(since), IPs: ips, HostIPs: []string{"192.0.2.1"},
	}
}

func finished(p Pod, at string) Pod {
	p.Phase, p.Status = string(corev1.PodSucceeded), "Completed"
	if at != "" {
		p.Ended = clock(at)
	}
	return p
}

func on(p Pod, node string, hostIPs ...string) Pod {
	p.Node, p.HostIPs = node, hostIPs
	return p
}

func TestAnAddressIsThatOfWhoHadItAtTheTime(t *testing.T) {
	const addr = "10.0.0.1"
	a, b := owned("a", "11:00:00", addr), owned("b", "12:01:00", addr)
	other := owned("other", "11:00:00", "10.0.0.9")
	daemon := Pod{
		Namespace: "kube-system", Name: "proxy", UID: "p", Node: "node1", Phase: "Running", Started: clock("11:00:00"),
		HostNetwork: true, IPs: []string{addr},
	}
	for _, c := range []struct {
		name string
		tell func(*history)
		at   string // "": now
		want string // "": nobody
	}{
		{"a running pod now", func(h *history) { h.pod(Pod{}, a, clock("11:00:05")) }, "", "a.shop"},
		{"a running pod since it started", func(h *history) { h.pod(Pod{}, a, clock("13:00:00")) }, "11:00:00", "a.shop"},
		{"not before it started", func(h *history) { h.pod(Pod{}, a, clock("11:00:05")) }, "10:59:57", ""},
		{"but clocks may differ by two seconds", func(h *history) { h.pod(Pod{}, a, clock("11:00:05")) }, "10:59:58", "a.shop"},
		{"reused, before", reuse(a, b), "11:59:00", "a.shop"},
		{"reused, when the first was just gone", reuse(a, b), "12:00:02", "a.shop"},
		{"reused, between", reuse(a, b), "12:00:30", ""},
		{"reused, after", reuse(a, b), "12:01:00", "b.shop"},
		{"reused, now", reuse(a, b), "", "b.shop"},
		{"told late that the first is gone", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			h.pod(Pod{}, b, clock("12:01:05"))
			h.pod(a, Pod{}, clock("12:02:00"))
		}, "12:01:30", "b.shop"},
		{"a pod of the same name and another UID", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			again := owned("a", "12:01:00", "10.0.0.2")
			again.UID = "another"
			h.pod(a, again, clock("12:01:05"))
		}, "", ""},
		{"a pod of the same name, another UID and the same address, between", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			again := a
			again.UID, again.Started = "another", clock("12:01:00")
			h.pod(a, again, clock("12:00:00"))
		}, "12:00:30", ""},
		{"finished, before its end", func(h *history) { h.pod(Pod{}, finished(a, "12:00:00"), clock("13:00:00")) }, "11:59:00", "a.shop"},
		{"finished, after its end", func(h *history) { h.pod(Pod{}, finished(a, "12:00:00"), clock("13:00:00")) }, "12:00:03", ""},
		{"finished, now", func(h *history) { h.pod(Pod{}, finished(a, "12:00:00"), clock("13:00:00")) }, "", ""},
		{"finished while it was watched", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			h.pod(a, finished(a, "12:00:00"), clock("12:00:40"))
		}, "12:00:20", ""},
		{"finished nobody knows when", func(h *history) { h.pod(Pod{}, finished(a, ""), clock("13:00:00")) }, "11:30:00", ""},
		{"finished nobody knows when, but it was seen running", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			h.pod(a, finished(a, ""), clock("12:00:00"))
		}, "11:59:00", "a.shop"},
		{"a finished pod and a running one, in whatever order", func(h *history) {
			h.pod(Pod{}, b, clock("13:00:00"))
			h.pod(Pod{}, finished(a, "12:00:00"), clock("13:00:00"))
		}, "", "b.shop"},
		{"got another address", func(h *history) {
			h.pod(Pod{}, owned("a", "11:00:00", "10.0.0.2"), clock("11:00:05"))
			h.pod(owned("a", "11:00:00", "10.0.0.2"), a, clock("12:00:00"))
		}, "11:30:00", ""},
		{"not ready any more", func(h *history) {
			h.pod(Pod{}, a, clock("11:00:05"))
			unready := a
			unready.Status = "CrashLoopBackOff"
			h.pod(a, unready, clock("12:00:00"))
		}, "", "a.shop"},
		{"hostNetwork is the node's", func(h *history) { h.pod(Pod{}, daemon, clock("11:00:05")) }, "", "node1"},
		{"the node's was so before its first pod", func(h *history) { h.pod(Pod{}, daemon, clock("11:00:05")) }, "09:00:00", "node1"},
		{"the node's by any of its pods", func(h *history) { h.pod(Pod{}, on(other, "node2", addr), clock("11:00:05")) }, "", "node2"},
		{"of a pod without a node", func(h *history) { h.pod(Pod{}, on(other, "", addr), clock("11:00:05")) }, "", ""},
		{"a later node has it", nodes(other, addr), "", "new"},
		{"before it the earlier", nodes(other, addr), "11:30:00", "old"},
		{"a finished pod does not outlive its node", func(h *history) {
			h.pod(Pod{}, finished(on(other, "old", addr), "11:10:00"), clock("12:00:00"))
		}, "", ""},
		{"pod over node", func(h *history) {
			h.pod(Pod{}, daemon, clock("11:00:05"))
			h.pod(Pod{}, a, clock("11:00:05"))
		}, "", "a.shop"},
		{"a service", func(h *history) { h.Replace(addresses.Claim{}, claimBy(addr), clock("11:00:05")) }, "", "payments.shop.svc"},
		{"a service that is gone", func(h *history) {
			h.Replace(addresses.Claim{}, claimBy(addr), clock("11:00:05"))
			h.Replace(claimBy(addr), addresses.Claim{}, clock("12:00:00"))
		}, "12:30:00", ""},
		{"node over service, as of a load balancer on the nodes", func(h *history) {
			h.pod(Pod{}, daemon, clock("11:00:05"))
			h.Replace(addresses.Claim{}, claimBy(addr), clock("11:00:05"))
		}, "", "node1"},
		{"nobody's", func(*history) {}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h history
			c.tell(&h)
			names, _ := h.Names("")
			var at time.Time
			if c.at != "" {
				at = clock(c.at)
			}
			expect(t, names, addr, at, c.want)
		})
	}
}

func reuse(a, b Pod) func(*history) {
	return func(h *history) {
		h.pod(Pod{}, a, clock("11:00:05"))
		h.pod(a, Pod{}, clock("12:00:00"))
		h.pod(Pod{}, b, clock("12:01:05"))
	}
}

// nodes are two nodes that had an address one after the other; the younger one becomes known first, by its second pod.
func nodes(p Pod, addr string) func(*history) {
	return func(h *history) {
		for i, since := range []string{"12:30:00", "12:00:00", "11:00:00"} {
			p.UID, p.Started = fmt.Sprint(i), clock(since)
			h.pod(Pod{}, on(p, []string{"new", "new", "old"}[i], addr), clock("13:00:00"))
		}
	}
}

func claimBy(ips ...string) addresses.Claim {
	return serviceClaim(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "payments", UID: "s", CreationTimestamp: metav1.NewTime(clock("11:00:00"))},
		Spec:       corev1.ServiceSpec{ClusterIPs: ips},
	})
}

// expect checks who had an address; "": nobody.
func expect(t *testing.T, names *Names, addr string, at time.Time, want string) {
	t.Helper()
	got, ok := names.At(netip.MustParseAddr(addr), at)
	if ok != (want != "") || ok && got.String() != want {
		t.Errorf("%s: got %q (%v), want %q", addr, got, ok, want)
	}
}

func TestEveryAddressOfAPodAndAServiceIsKnown(t *testing.T) {
	var h history
	h.pod(Pod{}, on(owned("cart-0", "11:00:00", "10.0.0.1", "fd00::1"), "node1", "192.0.2.1", "2001:db8::1"), clock("12:00:00"))
	h.Replace(addresses.Claim{}, serviceClaim(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "1"},
		Spec: corev1.ServiceSpec{
			ClusterIP: "10.96.0.1", ClusterIPs: []string{"10.96.0.1", "fd00:96::1"}, ExternalIPs: []string{"198.51.100.1"},
		},
		Status: corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{
			Ingress: []corev1.LoadBalancerIngress{{IP: "203.0.113.1"}, {Hostname: "lb.example"}},
		}},
	}), clock("12:00:00"))
	h.Replace(addresses.Claim{}, serviceClaim(&corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "headless", UID: "2"},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, ClusterIPs: []string{corev1.ClusterIPNone}},
	}), clock("12:00:00"))
	names, _ := h.Names("")
	for addr, want := range map[string]string{
		"10.0.0.1": "cart-0.shop", "fd00::1": "cart-0.shop", "::ffff:10.0.0.1": "cart-0.shop", "fd00::1%eth0": "cart-0.shop",
		"192.0.2.1": "node1", "2001:db8::1": "node1",
		"10.96.0.1": "web.shop.svc", "fd00:96::1": "web.shop.svc", "198.51.100.1": "web.shop.svc", "203.0.113.1": "web.shop.svc",
	} {
		expect(t, names, addr, time.Time{}, want)
	}
	if names.Len() != 8 || names.Incomplete() != "" {
		t.Errorf("got %d addresses, incomplete: %q", names.Len(), names.Incomplete())
	}
}

func TestNoNamesKnowNobody(t *testing.T) {
	var names *Names
	expect(t, names, "10.0.0.1", time.Time{}, "")
	if names.Len() != 0 || names.Incomplete() == "" {
		t.Errorf("got %d, %q", names.Len(), names.Incomplete())
	}
}

func TestWhatWasPublishedNeverChanges(t *testing.T) {
	var h history
	a := owned("a", "11:00:00", "10.0.0.1")
	h.pod(Pod{}, a, clock("11:00:05"))
	before, _ := h.Names("")
	h.pod(a, Pod{}, clock("12:00:00"))
	h.pod(Pod{}, owned("b", "12:01:00", "10.0.0.1"), clock("12:01:05"))
	h.pod(Pod{}, owned("c", "12:01:00", "10.0.0.2"), clock("12:01:05"))
	expect(t, before, "10.0.0.1", time.Time{}, "a.shop")
	expect(t, before, "10.0.0.2", time.Time{}, "")
}
