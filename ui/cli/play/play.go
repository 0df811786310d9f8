// Package play is what happens in the demo's cluster: its pods, who talks to whom, and what changes meanwhile. Its door is New.
package play

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/demo"
)

// Play is a demo that goes on.
type Play struct {
	cluster *k8s.Memory
	node    *demo.Node
	acts    sync.WaitGroup // end with the context of open
}

// New is a play that has not begun.
func New(cluster *k8s.Memory, node *demo.Node) *Play { return &Play{cluster: cluster, node: node} }

// Wait returns when all acts have ended, which the context of open does.
func (p *Play) Wait() { p.acts.Wait() }

// Node is the demo's node, on which its pods are real.
const (
	Node      = "demo-node"
	otherNode = "demo-node-2"
)

// part is a pod of the demo. Without an address it exists in the API only.
type part struct {
	namespace, name string
	uid             string
	addrs           []netip.Addr
}

func (p part) pod() k8s.Pod {
	pod := k8s.Pod{
		Namespace: p.namespace, Name: p.name, UID: p.uid, Node: Node, Phase: "Running", Status: "Running",
		Ready: 1, Containers: 1, Created: time.Now(),
	}
	app, _, _ := strings.Cut(p.name, "-")
	pod.ContainerNames, pod.Labels = []string{app}, "app="+app
	for _, a := range p.addrs {
		pod.IPs = append(pod.IPs, a.String())
	}
	return pod
}

// addresses are the IPv4 and IPv6 address with this last number.
func addresses(n byte) []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{10, 244, 0, n}),
		netip.MustParseAddr(fmt.Sprintf("fd00:10:244::%x", n)),
	}
}

var (
	dns    = part{"kube-system", "dns-6d8c4-kx7wv", "demo-dns", addresses(2)}
	web    = part{"shop", "web-5f7d9c-x2lpq", "demo-web", addresses(10)}
	api    = part{"shop", "api-7c6b4f-9kkzw", "demo-api", addresses(11)}
	db     = part{"shop", "db-0", "demo-db", addresses(12)}
	flaky  = part{"shop", "cache-66cd4-tz4k8", "demo-cache", addresses(13)}
	client = part{"shop", "client-0", "demo-client", addresses(20)}
)

// names are what the demo's DNS knows.
func names() map[string][]netip.Addr {
	known := map[string][]netip.Addr{}
	for name, p := range map[string]part{"web": web, "api": api, "db": db, "cache": flaky, "client": client} {
		known[name+".shop.svc.cluster.local"] = p.addrs
	}
	return known
}

// Open starts all pods and their traffic.
func (p *Play) Open(ctx context.Context) error {
	for _, namespace := range []string{"default", "kube-system", "shop"} {
		if err := p.cluster.AddNamespace(ctx, namespace); err != nil {
			return err
		}
	}
	for _, who := range []part{dns, web, api, db, flaky, client} {
		if err := p.enter(ctx, who); err != nil {
			return err
		}
	}
	for _, pod := range extras() {
		if err := p.cluster.Put(ctx, pod); err != nil {
			return err
		}
	}
	if err := p.scene(ctx); err != nil {
		return err
	}
	if err := p.traffic(ctx); err != nil {
		return err
	}
	p.acts.Go(func() { p.restartAgainAndAgain(ctx) })
	p.acts.Go(func() { p.comeAndGo(ctx) })
	return nil
}

func (p *Play) enter(ctx context.Context, who part) error {
	if err := p.node.AddPod(who.uid, who.addrs...); err != nil {
		return err
	}
	return p.cluster.Put(ctx, who.pod())
}

// extras are pods in which no tool can run, or not in a network of their own.
func extras() []k8s.Pod {
	elsewhere := part{"shop", "web-5f7d9c-plmq2", "demo-elsewhere", []netip.Addr{netip.MustParseAddr("10.244.1.17")}}.pod()
	elsewhere.Node = otherNode
	pending := part{"shop", "report-0", "demo-report", nil}.pod()
	pending.Node, pending.Phase, pending.Status, pending.Ready = "", "Pending", "Pending", 0
	done := part{"shop", "migrate-28hfx", "demo-migrate", nil}.pod()
	done.Phase, done.Status, done.Ready = "Succeeded", "Completed", 0
	agent := part{"kube-system", "node-agent-4mtr2", "demo-agent", []netip.Addr{netip.MustParseAddr("10.244.0.1")}}.pod()
	agent.HostNetwork = true
	return []k8s.Pod{elsewhere, pending, done, agent}
}

// traffic comes at a pace that a person can follow.
func (p *Play) traffic(ctx context.Context) error {
	const slow, lively = 1500 * time.Millisecond, 400 * time.Millisecond
	for _, begin := range []func() error{
		func() error { return p.node.ServeDNS(ctx, dns.uid, names()) },
		func() error { return p.node.ServeHTTP(ctx, web.uid, 8080) },
		func() error { return p.node.ServeHTTP(ctx, api.uid, 8080) },
		func() error { return p.node.ServeHTTP(ctx, flaky.uid, 8080) },
		func() error { return p.node.FetchHTTP(ctx, client.uid, "http://web:8080/", lively) },
		func() error { return p.node.FetchHTTP(ctx, client.uid, "http://web:8080/no/such/page", 3*slow) },
		func() error { return p.node.FetchHTTP(ctx, web.uid, "http://api:8080/api/cart", 2*lively) },
		func() error { return p.node.FetchHTTP(ctx, api.uid, "http://cache:8080/healthz", slow) },
		func() error { return p.node.FetchHTTP(ctx, api.uid, "http://db:5432/", 2*slow) }, // refused
		func() error { return p.node.Resolve(ctx, client.uid, []string{"web", "payments"}, slow) },
		func() error { return p.node.Ping(ctx, client.uid, api.addrs[0], time.Second) },
		func() error { return p.node.FetchHTTP(ctx, demo.NodeUID, "http://10.244.0.10:8080/healthz", 3*slow) },
	} {
		if err := begin(); err != nil {
			return err
		}
	}
	return nil
}

// restartAgainAndAgain lets the cache crash and come back. A restarted container stays in its pod's network namespace.
func (p *Play) restartAgainAndAgain(ctx context.Context) {
	pod := flaky.pod()
	for Wait(ctx, 12*time.Second) {
		pod.Status, pod.Ready = "CrashLoopBackOff", 0
		_ = p.cluster.Put(ctx, pod) // an in-memory API refuses only when the demo ends
		_ = p.cluster.Happen(ctx, pod, k8s.Event{
			Time: time.Now(), Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container cache", Count: pod.Restarts + 1,
		})
		if !Wait(ctx, 6*time.Second) {
			return
		}
		pod.Status, pod.Ready = "Running", 1
		pod.Restarts++
		_ = p.cluster.Put(ctx, pod)
	}
}

// comeAndGo lets a job's pod appear, work and vanish, a new one each time.
func (p *Play) comeAndGo(ctx context.Context) {
	for n := 1; Wait(ctx, 5*time.Second); n++ {
		job := part{"shop", fmt.Sprintf("batch-%04d", n), fmt.Sprintf("demo-batch-%d", n), addresses(byte(100 + n%100))}
		if !p.perform(ctx, job) {
			return
		}
	}
}

func (p *Play) perform(ctx context.Context, job part) bool {
	if err := p.enter(ctx, job); err != nil {
		return false
	}
	_ = p.node.FetchHTTP(ctx, job.uid, "http://api:8080/api/cart", time.Second) // fails only when the demo ends
	alive := Wait(ctx, 20*time.Second)
	pod := job.pod()
	pod.Deleting = true
	_ = p.cluster.Put(ctx, pod)
	alive = alive && Wait(ctx, 2*time.Second)
	_ = p.cluster.Delete(ctx, pod)
	return p.node.RemovePod(job.uid) == nil && alive
}

// wait waits, and says whether the demo continues.
func Wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
