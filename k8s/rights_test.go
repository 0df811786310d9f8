package k8s

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/fennec-project/podtracer/internal/hint"
)

// granted returns the rights that the manifests grant: "list pods".
func granted(t *testing.T) map[string]bool {
	t.Helper()
	file, err := os.Open("../manifests/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rights := map[string]bool{}
	for documents := yaml.NewYAMLOrJSONDecoder(file, 4096); ; {
		var role rbacv1.ClusterRole
		if err := documents.Decode(&role); errors.Is(err, io.EOF) {
			return rights
		} else if err != nil {
			t.Fatal(err)
		}
		for _, rule := range role.Rules {
			for _, verb := range rule.Verbs {
				for _, resource := range rule.Resources {
					rights[verb+" "+resource] = true
				}
			}
		}
	}
}

func TestTheManifestsGrantTheRightsThatAreUsedAndNoOther(t *testing.T) {
	m, cart := newCart(t)
	if err := m.AddService(t.Context(), "shop", "cart", "10.96.0.7"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	used := map[string]bool{}
	overhear(m, func(h heard) error {
		mu.Lock()
		defer mu.Unlock()
		used[h.verb+" "+h.Resource] = true
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := m.Cluster()
	w, wait := c.WatchFrom(ctx, cart.Node)
	defer wait()
	defer cancel()
	for seen, synced := uint64(0), false; !synced; {
		snapshot, version, err := w.Next(ctx, seen)
		if err != nil {
			t.Fatal(err)
		}
		seen, synced = version, snapshot.Synced
	}
	if _, err := c.Pod(ctx, cart.Namespace, cart.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Details(ctx, cart); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Names(ctx, addrs("10.244.0.9"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	for _, w := range workloads {
		_, _ = c.GroupOf(ctx, w.kind, "shop", "cart") // what it asks for is looked at
	}
	c.Here(ctx)
	want := granted(t)
	for ; ; time.Sleep(10 * time.Millisecond) { // services and namespaces come by themselves
		mu.Lock()
		diff, more := cmp.Diff(want, used), len(used) > len(want)
		mu.Unlock()
		if diff == "" {
			return
		}
		if ctx.Err() != nil || more {
			t.Fatalf("granted (-) and used (+): %s", diff)
		}
	}
}

func TestWhatIsForbiddenIsHintedAtWithTheCommandsThatAllowIt(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New(`User "jane" cannot list pods`))
	for verb, want := range map[string]string{
		"list pods":           " -n shop --verb=list --resource=pods && kubectl create rolebinding podtracer-list-pods-jane -n shop ",
		"list and watch pods": " -n shop --verb=list,watch --resource=pods && kubectl create rolebinding podtracer-list-watch-pods-jane -n shop ",
	} {
		if got := hint.Of(explain(forbidden, verb, "shop")); !strings.Contains(got, want) || !strings.Contains(got, "--user=jane;") {
			t.Errorf("%s: %q", verb, got)
		}
	}
}

// A proxy that cannot be reached is no matter of the API's server.
func TestAProxyThatCannotBeReachedIsHintedAtAsThat(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for want, err := range map[string]error{
		hintProxy:  &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/api", Err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused}},
		hintServer: &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/api", Err: refused},
	} {
		if got := explain(err, "get pods", "shop"); hint.Of(got) != want || !strings.Contains(got.Error(), "the API does not answer at https://10.0.0.1:6443: ") {
			t.Errorf("%v, hint %q", got, hint.Of(got))
		}
	}
}
