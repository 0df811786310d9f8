package k8s

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/client-go/tools/cache"
)

// Service is what podtracer knows of a service with addresses.
type Service struct {
	Namespace, Name string
	Addrs           []netip.Addr // cluster addresses, external ones, those of its load balancer
	Selector        string       // of its pods, as kubectl shows it: "app=cart,tier=web"; "" if it selects none by itself
}

// String names the service for people: namespace/name.
func (s Service) String() string { return s.Namespace + "/" + s.Name }

// selects says whether the pod is behind the service.
func (s Service) selects(p Pod) bool {
	if s.Selector == "" || p.Namespace != s.Namespace {
		return false
	}
	for rest, more := s.Selector, true; more; {
		var label string
		label, rest, more = strings.Cut(rest, ",")
		if !hasLabel(p.Labels, label) {
			return false
		}
	}
	return true
}

// hasLabel looks for "app=cart" in "app=cart,tier=web". Neither keys nor values have a comma in them.
func hasLabel(all, label string) bool {
	for more := true; more; {
		var one string
		if one, all, more = strings.Cut(all, ","); one == label {
			return true
		}
	}
	return false
}

// ServicePods are the services with this address, and the pods behind them.
func (s Snapshot) ServicePods(addr netip.Addr) (services []Service, pods []Pod) {
	for _, service := range s.Services {
		if slices.Contains(service.Addrs, bare(addr)) {
			services = append(services, service)
		}
	}
	for _, p := range s.Pods {
		if slices.ContainsFunc(services, func(service Service) bool { return service.selects(p) }) {
			pods = append(pods, p)
		}
	}
	return services, pods
}

// servicesOf are those with addresses.
func servicesOf(store cache.Store) []Service {
	var services []Service
	for _, object := range store.List() {
		if i := object.(*serviceItem); len(i.claim.addrs) > 0 { // one that is refused has none
			services = append(services, Service{i.namespace, i.name, i.claim.addrs, i.selector})
		}
	}
	slices.SortFunc(services, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return services
}
