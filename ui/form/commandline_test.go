package form

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
)

func TestPodsOfOneNamespaceAreNamedWithoutItAndOthersWithIt(t *testing.T) {
	web, db, dns := k8s.Pod{Namespace: "shop", Name: "web"}, k8s.Pod{Namespace: "shop", Name: "db"}, k8s.Pod{Namespace: "kube-system", Name: "dns"}
	for want, pods := range map[string][]k8s.Pod{
		"--pod web -n shop":                                  {web},
		"--pod web --pod db -n shop":                         {web, db},
		"--pod shop/web --pod kube-system/dns":               {web, dns},
		"--pod kube-system/dns --pod shop/db":                {dns, db},
		"--pod shop/web --pod shop/db --pod kube-system/dns": {web, db, dns},
	} {
		if got := strings.Join(podFlags(pods), " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
