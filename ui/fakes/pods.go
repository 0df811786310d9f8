package fakes

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// Pod makes a pod that is three days old, with the fields that fit its status.
func Pod(namespace, name, node, status string) k8s.Pod {
	p := k8s.Pod{
		Namespace: namespace, Name: name, UID: namespace + name, Node: node, Phase: "Running", Status: status,
		Ready: 1, Containers: 1, IPs: []string{"10.244.1.17"}, Created: Noon.Add(-72 * time.Hour),
	}
	switch status {
	case "Completed":
		p.Phase, p.Ready, p.IPs = "Succeeded", 0, nil
	case "Pending":
		p.Phase, p.Ready, p.IPs = "Pending", 0, nil
	case "CrashLoopBackOff":
		p.Ready, p.Restarts = 0, 97
	case "Terminating":
		p.Deleting = true
	}
	return p
}

// Cluster makes a cluster of these pods, which are given in the order of namespace and name.
func Cluster(pods ...k8s.Pod) k8s.Snapshot {
	s := k8s.Snapshot{Synced: true, Pods: pods}
	for _, p := range pods {
		if n := len(s.Namespaces); n == 0 || s.Namespaces[n-1] != p.Namespace {
			s.Namespaces = append(s.Namespaces, p.Namespace)
		}
	}
	return s
}

// Shop is a small cluster with a pod in each state.
func Shop() k8s.Snapshot {
	agent := Pod("kube-system", "node-agent-4mtr2", "node-3", "Running")
	agent.HostNetwork = true
	return Cluster(agent,
		Pod("shop", "cart-7f9c4-9kkzw", "node-8", "Running"), Pod("shop", "cart-7f9c4-x2lpq", "node-3", "Running"),
		Pod("shop", "cart-cache-0", "node-3", "CrashLoopBackOff"), Pod("shop", "migrate-28hfx", "node-3", "Completed"),
		Pod("shop", "old-1", "node-3", "Terminating"), Pod("shop", "report-0", "", "Pending"))
}

// Mall is Shop with labels, an address for each pod, and a service.
func Mall(t testing.TB) k8s.Snapshot {
	t.Helper()
	s := Shop()
	for i := range s.Pods {
		p := &s.Pods[i]
		p.IPs = []string{fmt.Sprintf("10.244.1.%d", 10+i)}
		app, _, _ := strings.Cut(p.Name, "-")
		p.Labels = "app=" + app
		if app == "cart" && i < 3 {
			p.Labels += ",pod-template-hash=7f9c4"
		}
	}
	m := k8s.NewMemory("test", "shop")
	ctx := t.Context()
	if err := m.AddService(ctx, "shop", "payments", "10.96.0.12"); err != nil {
		t.Fatal(err)
	}
	w, wait := m.Cluster().Watch(ctx)
	t.Cleanup(wait)
	for seen := uint64(0); ; {
		got, version, err := w.Next(ctx, seen)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got.Names.At(netip.MustParseAddr("10.96.0.12"), time.Time{}); ok && len(got.Services) > 0 {
			s.Names, s.Services = got.Names, got.Services
			break
		}
		seen = version
	}
	s.Services[0].Selector = "app=cart"
	return s
}

// Many is a cluster of n pods in 40 namespaces, named as a Deployment would name them.
func Many(n int) k8s.Snapshot {
	random := rand.New(rand.NewPCG(1, 2))
	apps := []string{"payments-api", "cart", "checkout-worker", "frontend-web", "inventory", "search-indexer"}
	var pods []k8s.Pod
	for i := range n {
		app := apps[i%len(apps)]
		p := Pod(fmt.Sprintf("team-%02d", i*40/n), fmt.Sprintf("%s-%05d-x%d", app, i, random.IntN(9)), fmt.Sprintf("node-%d", i%200), "Running")
		p.Labels, p.IPs = "app="+app, []string{fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)}
		pods = append(pods, p)
	}
	return Cluster(pods...)
}

// Neighbours is a cluster in which shop/cart-0 can reach other pods and a service.
func Neighbours() k8s.Snapshot {
	api, far := Pod("shop", "api-0", "node-8", "Running"), Pod("far", "web-9", "node-8", "Running")
	api.IPs, far.IPs = []string{"10.244.3.4"}, []string{"10.244.9.9"}
	s := Cluster(far, api, Pod("shop", "cart-0", "node-3", "Running"))
	s.Services = []k8s.Service{{Namespace: "shop", Name: "payments", Addrs: []netip.Addr{netip.MustParseAddr("10.96.0.110")}}}
	return s
}
