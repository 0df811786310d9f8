package k8s

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/k8s/addresses"
	"github.com/fennec-project/podtracer/k8s/rules"
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
		if i := object.(*serviceItem); len(i.claim.Addrs) > 0 { // a refused service has none
			services = append(services, Service{i.namespace, i.name, i.claim.Addrs, i.selector})
		}
	}
	slices.SortFunc(services, func(a, b Service) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return services
}

// serviceClaim returns the claim of a service: its cluster addresses, external addresses and load balancer addresses.
func serviceClaim(s *corev1.Service) addresses.Claim {
	return addresses.Claim{
		Name: Name{Kind: ServiceAddress, Namespace: s.Namespace, Name: s.Name}, ID: string(s.UID),
		Addrs: addresses.Parse(rules.ServiceAddresses(s)), From: s.CreationTimestamp.UnixNano(),
	}
}
