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
	Addrs           []netip.Addr // cluster, external and load balancer addresses
	Selector        string       // of its pods, as kubectl shows it: "app=cart,tier=web"; "" if it has none
}

// String returns namespace/name.
func (s Service) String() string { return s.Namespace + "/" + s.Name }

// servicesOf returns the services with addresses.
func servicesOf(store cache.Store) []Service {
	var services []Service
	for _, object := range store.List() {
		if i := object.(*serviceItem); len(i.claim.addrs) > 0 { // a refused service has none
			services = append(services, Service{i.namespace, i.name, i.claim.addrs, i.selector})
		}
	}
	slices.SortFunc(services, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return services
}
