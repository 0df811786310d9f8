// Package k8s knows which pods exist. It is the only package that speaks to the Kubernetes API: client-go, its types and errors stay
// inside, and small values of podtracer's own come out.
//
// Nothing blocks longer than its context. podtracer only reads from the API, except that Helpers makes and deletes pods of its own.
package k8s

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/grant"
	"github.com/fennec-project/podtracer/k8s/rules"
	"github.com/fennec-project/podtracer/k8s/transport"
)

// What the API may answer.
var (
	ErrNotFound     = errors.New("not found")               // it has no such object
	ErrForbidden    = errors.New("not allowed")             // a right is missing
	ErrUnauthorized = errors.New("the API does not accept") // it does not know who asks
)

// patience is the time limit of a single request to the API.
const patience = 10 * time.Second

// Cluster is a Kubernetes cluster, as its API describes it.
type Cluster struct {
	api       *api
	name      string
	namespace string
	inCluster bool
	plugin    *transport.Plugin // credential plugin; nil without one
}

// Name is the cluster's name for people: the context in the kubeconfig, or "in cluster".
func (c *Cluster) Name() string { return c.name }

// Namespace is the namespace that is used when none is named.
func (c *Cluster) Namespace() string { return c.namespace }

// InCluster says whether podtracer runs in a pod of the cluster and uses the rights of that pod.
func (c *Cluster) InCluster() bool { return c.inCluster }

// Pod asks for one pod.
//
// Errors: ErrNotFound; ErrRefused if the answer is not a valid pod of that name; else why the API did not answer, with a hint.
func (c *Cluster) Pod(ctx context.Context, namespace, name string) (Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !rules.IsLabel(namespace) || !rules.IsName(name) {
		return Pod{}, fmt.Errorf("get pod %.80q in namespace %.80q: no pod can have that name", name, namespace)
	}
	object, err := c.api.pods(namespace).get(ctx, name)
	if err != nil {
		return Pod{}, fmt.Errorf("get pod %s/%s: %w", namespace, name, explain(err, "get pods", namespace))
	}
	pod, err := podOf(object)
	if err == nil && (pod.Namespace != namespace || pod.Name != name) {
		err = fmt.Errorf("%w: the answer is about pod %s", rules.ErrRefused, pod)
	}
	if err != nil {
		return Pod{}, fmt.Errorf("get pod %s/%s: %w", namespace, name, err)
	}
	return pod, nil
}

// Node is the node that podtracer runs on.
type Node struct {
	Name string
	Sure bool // from the downward API or the API; else Name is the host name, which usually is the node's name
}

// Here finds out which node podtracer runs on: $NODE_NAME (set by the manifests), else the node of podtracer's own pod, else the host
// name.
func (c *Cluster) Here(ctx context.Context) Node {
	if named := NamedNode(); named.Sure {
		return named
	}
	host, err := os.Hostname()
	if err != nil {
		return Node{}
	}
	if c.inCluster {
		if pod, err := c.Pod(ctx, ownNamespace(), host); err == nil {
			return Node{pod.Node, true}
		}
	}
	return Node{Name: host}
}

// ownNamespace is the namespace of the pod that podtracer runs in, which -n does not change; "" if that is not known.
func ownNamespace() string {
	text, _ := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace") // written by the kubelet
	if name := strings.TrimSpace(string(text)); rules.IsLabel(name) {
		return name
	}
	return ""
}

// NamedNode is the node that $NODE_NAME names; the zero Node if it is not set.
func NamedNode() Node {
	name := os.Getenv("NODE_NAME")
	return Node{name, name != ""}
}

// hintProxy is for an API whose proxy cannot be reached (net/http calls that operation proxyconnect).
const hintProxy = "check the proxy: --proxy-url, the kubeconfig's proxy-url, or $HTTPS_PROXY"

const hintServer = "check the server of the kubeconfig's context, or choose another --context"

// explain turns an error of the API into one sentence with a hint. verb is written as in RBAC: "list pods", "list and watch pods".
func explain(err error, verb, namespace string) error {
	scope := "in namespace " + namespace
	if namespace == "" {
		scope = "in all namespaces"
	}
	var network net.Error
	if errors.Is(err, context.Canceled) {
		return transport.ErrInterrupted{}
	}
	if errors.Is(err, ErrUnasked) {
		return ErrUnasked
	}
	var plugin transport.NoCredentials
	if errors.As(err, &plugin) {
		return hint.Add(saidByAPI{plugin}, "run kubectl get pods, which uses the same plugin, and do what it asks; or choose another --context")
	}
	var operation *net.OpError
	unreached := errors.As(err, &operation) && operation.Op == "dial" // repeating the request does not help
	if late := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout(); late && !unreached {
		return hint.Add(fmt.Errorf("%w%s: %s", ErrNoAnswer, address(err), rules.Line(lastPart(err))), hintServer)
	}
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err):
		return ErrNotFound
	case apierrors.IsForbidden(err):
		return hint.Add(fmt.Errorf("%w to %s %s", ErrForbidden, verb, scope),
			"who administers the cluster gives you this right with: "+grant.Read(verb, namespace).Commands(grant.Who(err))+
				"; or all that podtracer uses with manifests/rbac.yaml")
	case apierrors.IsUnauthorized(err):
		return hint.Add(fmt.Errorf("%w these credentials", ErrUnauthorized), "log in again, or choose another --context")
	case errors.As(err, &network), isConnection(err):
		advice := hintServer
		if errors.As(err, &operation) && operation.Op == "proxyconnect" {
			advice = hintProxy
		}
		return hint.Add(fmt.Errorf("the API does not answer%s: %s", address(err), rules.Line(lastPart(err))), advice)
	case errors.Is(err, transport.ErrTooLarge), errors.Is(err, errEndless):
		return hint.Add(fmt.Errorf("%s: %w", verb, err), "is it the cluster's API that answers? with -n podtracer reads one namespace only")
	default:
		return saidByAPI{err}
	}
}

// saidByAPI is an error in the words of the API or of a plugin, which may contain anything.
type saidByAPI struct{ error }

func (e saidByAPI) Error() string { return rules.Line(e.error.Error()) }
func (e saidByAPI) Unwrap() error { return e.error }

// isConnection says whether a request did not reach the API.
func isConnection(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

// address says where the API was expected, if the error contains that: " at https://10.96.0.1:443".
func address(err error) string {
	var request *url.Error
	if !errors.As(err, &request) {
		return ""
	}
	u, parseErr := url.Parse(request.URL)
	if parseErr != nil {
		return ""
	}
	return " at " + u.Scheme + "://" + u.Host
}

// lastPart returns the part of an error that a person needs: "connect: connection refused", with the address.
func lastPart(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Error()
	}
	text := err.Error()
	if i := strings.Index(text, "\": "); i >= 0 { // Get "https://…": reason
		return text[i+3:]
	}
	return text
}
