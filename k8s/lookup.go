package k8s

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/fennec-project/podtracer/k8s/addresses"
	"github.com/fennec-project/podtracer/k8s/rules"
)

const (
	askAtMost = 64 // addresses in one lookup, as many Jobs may look up at once
	askAtOnce = 8
)

// Names asks the API which names the addresses had at that time (zero: now), without a watch. It takes at most 10 s. The most
// important addresses should come first: of those that belong to no service, the first 64 are looked up, with one request each,
// which the API answers from its memory.
//
// The answer is never nil; its Incomplete says what could not be learned. The error is that of ctx only.
func (c *Cluster) Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*Names, error) {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l := &lookup{cluster: c, at: at}
	addrs = askable(addrs)
	l.services(patient)
	if scope, ok := l.pods(patient, addrs); ok {
		l.seconds(patient, scope, addrs)
	}
	l.reused(addrs)
	if l.refused > 0 {
		l.miss("pods and services that were left out because they break the rules of Kubernetes: %d", l.refused)
	}
	names, _ := l.history.Names(strings.Join(l.missing, "; "))
	return names, ctx.Err()
}

// askable drops addresses that no pod has (multicast, loopback, link-local, broadcast), and duplicates.
func askable(addrs []netip.Addr) []netip.Addr {
	var kept []netip.Addr
	seen := map[netip.Addr]bool{}
	for _, addr := range addrs {
		if addr = addresses.Bare(addr); addr.IsGlobalUnicast() && !seen[addr] {
			kept = append(kept, addr)
			seen[addr] = true
		}
	}
	return kept
}

// lookup is one call of Cluster.Names.
type lookup struct {
	cluster *Cluster
	at      time.Time
	history history

	mu      sync.Mutex
	missing []string
	refused int // pods and services that break the rules of Kubernetes
	first   int // bit length of the addresses by which the API finds pods: 32, 128, or 0 if unknown
}

func (l *lookup) miss(format string, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missing = append(l.missing, fmt.Sprintf(format, values...))
}

// known says whether the owner at that time has been found.
func (l *lookup) known(addr netip.Addr) bool {
	_, ok := l.history.At(addr, l.at)
	return ok
}

func (l *lookup) unknown(addrs []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), l.known)
}

// services reads the services of all namespaces, or if that is forbidden, those of Cluster.Namespace.
func (l *lookup) services(ctx context.Context) {
	for _, scope := range []string{"", l.cluster.namespace} {
		err := eachPage(ctx, metav1.ListOptions{}, l.cluster.api.services(scope).list, func(page *corev1.ServiceList) error {
			for i := range page.Items {
				l.service(&page.Items[i])
			}
			return nil
		})
		if err == nil {
			return
		}
		l.miss("services: %v", explain(err, "list services", scope))
		if !apierrors.IsForbidden(err) {
			return
		}
	}
}

func (l *lookup) service(s *corev1.Service) {
	if rules.CheckService(s) != nil {
		l.refuse()
		return
	}
	c := serviceClaim(s)
	l.history.Replace(addresses.Claim{}, c, time.Now())
	if s.Namespace == "default" && s.Name == "kubernetes" && len(c.Addrs) > 0 { // its address is of the first family
		l.first = c.Addrs[0].BitLen()
	}
}

// pods asks for the pods with addresses that are not a service's. scope is where that is allowed: "" for all namespaces, or
// Cluster.Namespace.
func (l *lookup) pods(ctx context.Context, addrs []netip.Addr) (scope string, ok bool) {
	addrs = l.unknown(addrs)
	if len(addrs) > askAtMost {
		l.miss("addresses that were not looked up: %d of %d", len(addrs)-askAtMost, len(addrs))
		addrs = addrs[:askAtMost]
	}
	if len(addrs) == 0 {
		return "", false
	}
	err := l.ask(ctx, scope, addrs[0])
	if apierrors.IsForbidden(err) {
		l.miss("pods: %v", explain(err, "list pods", scope))
		scope = l.cluster.namespace
		err = l.ask(ctx, scope, addrs[0])
	}
	if err == nil {
		err = l.askAll(ctx, scope, addrs[1:])
	}
	if err != nil {
		l.miss("pods: %v", explain(err, "list pods", scope))
	}
	return scope, err == nil
}

// askAll asks for some addresses at the same time. It stops after the first request that fails.
func (l *lookup) askAll(ctx context.Context, scope string, addrs []netip.Addr) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan netip.Addr)
	var asking sync.WaitGroup
	for range min(askAtOnce, len(addrs)) {
		asking.Go(func() { // ends when next is closed
			for addr := range next {
				if err := l.ask(ctx, scope, addr); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, addr := range addrs {
		next <- addr
	}
	close(next)
	asking.Wait()
	return context.Cause(ctx)
}

func (l *lookup) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
}

// ask reads all pods whose first address is, or was, addr. It reads every page, because finished pods keep their addresses and could
// hide the pod that has the address now.
func (l *lookup) ask(ctx context.Context, scope string, addr netip.Addr) error {
	if ctx.Err() != nil || l.known(addr) {
		return ctx.Err()
	}
	byAddress := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("status.podIP", addr.String()).String(), ResourceVersion: "0"}
	return eachPage(ctx, byAddress, l.cluster.api.pods(scope).list, func(page *corev1.PodList) error {
		l.believe(page.Items, []netip.Addr{addr})
		return nil
	})
}

// seconds looks for pods by their second address among the first 500 pods, because the API can only search for the first address.
func (l *lookup) seconds(ctx context.Context, scope string, addrs []netip.Addr) {
	ofFirst := func(addr netip.Addr) bool { return l.first == 0 || addr.BitLen() == l.first }
	addrs = slices.DeleteFunc(l.unknown(addrs), ofFirst)
	if len(addrs) == 0 {
		return
	}
	seen, more := 0, false
	err := eachPage(ctx, metav1.ListOptions{}, l.cluster.api.pods(scope).list, func(page *corev1.PodList) error {
		l.believe(page.Items, addrs)
		if seen += len(page.Items); seen >= onePage {
			more = page.Continue != ""
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		l.miss("second addresses of pods: %v", explain(err, "list pods", scope))
		return
	}
	if missed := len(l.unknown(addrs)); missed > 0 && more {
		l.miss("addresses that may be second addresses of pods, which the API cannot search for: %d", missed)
	}
}

// errEnough ends a list before its last page.
var errEnough = errors.New("that is enough")

// believe takes the pods that have one of the addresses: an API without field selectors returns other pods, too.
func (l *lookup) believe(pods []corev1.Pod, addrs []netip.Addr) {
	for i := range pods {
		p, err := podOf(&pods[i])
		if err != nil {
			l.refuse()
			continue
		}
		ips := addresses.Parse(p.IPs)
		if !slices.ContainsFunc(ips, func(ip netip.Addr) bool { return slices.Contains(addrs, ip) }) {
			continue
		}
		l.history.pod(Pod{}, p, time.Now())
		l.mu.Lock()
		l.first = ips[0].BitLen()
		l.mu.Unlock()
	}
}

// reused counts the addresses whose known owner came only after the requested time.
func (l *lookup) reused(addrs []netip.Addr) {
	reused := 0
	for _, addr := range l.unknown(addrs) {
		if !l.at.IsZero() && l.history.CameAfter(addr, l.at) {
			reused++
		}
	}
	if reused > 0 {
		l.miss("addresses whose owners at that time are no longer known: %d", reused)
	}
}
