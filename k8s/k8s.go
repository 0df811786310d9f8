// Package k8s knows which pods exist. It is the only place that speaks to the Kubernetes API: client-go, its types and its
// errors end here, and small values of ours come out.
//
// Nothing here blocks longer than its context; what the API says is never changed, podtracer only reads.
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
	"github.com/fennec-project/podtracer/k8s/transport"
)

// ErrNotFound says that the API knows no such object.
var ErrNotFound = errors.New("not found")

// patience bounds a single question to the API.
const patience = 10 * time.Second

// Cluster is a Kubernetes cluster, by its API.
type Cluster struct {
	api       *api
	name      string
	namespace string
	inCluster bool
	plugin    *transport.Plugin // for credentials; nil without one
}

// Name is what people call the cluster: the kubeconfig's context, or "in cluster".
func (c *Cluster) Name() string { return c.name }

// Namespace is the one that is meant when none is named.
func (c *Cluster) Namespace() string { return c.namespace }

// Pod asks for one pod.
//
// Errors: ErrNotFound; ErrRefused if what the API answers is no pod of that name; else why it did not answer, with a hint.
func (c *Cluster) Pod(ctx context.Context, namespace, name string) (Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !isLabel(namespace) || !isName(name) {
		return Pod{}, fmt.Errorf("get pod %.80q in namespace %.80q: no pod can have that name", name, namespace)
	}
	object, err := c.api.pods(namespace).get(ctx, name)
	if err != nil {
		return Pod{}, fmt.Errorf("get pod %s/%s: %w", namespace, name, explain(err, "get pods", namespace))
	}
	pod, err := podOf(object)
	if err == nil && (pod.Namespace != namespace || pod.Name != name) {
		err = fmt.Errorf("%w: the answer is about pod %s", ErrRefused, pod)
	}
	if err != nil {
		return Pod{}, fmt.Errorf("get pod %s/%s: %w", namespace, name, err)
	}
	return pod, nil
}

// Node is the node that podtracer is on.
type Node struct {
	Name string
	Sure bool // by the downward API or the API's word; else it is the host's name, which is only usually the node's
}

// Here finds out which node this is: $NODE_NAME (the manifests set it), else the node of the pod that podtracer is in,
// else the host's name.
func (c *Cluster) Here(ctx context.Context) Node {
	if name := os.Getenv("NODE_NAME"); name != "" {
		return Node{name, true}
	}
	host, err := os.Hostname()
	if err != nil {
		return Node{}
	}
	if c.inCluster {
		if pod, err := c.Pod(ctx, c.namespace, host); err == nil {
			return Node{pod.Node, true}
		}
	}
	return Node{Name: host}
}

const hintServer = "check the server of the kubeconfig's context, or choose another --context"

// explain turns the API's errors into podtracer's: one sentence, and what to do about it. verb is as in RBAC: "list pods", "list
// and watch pods".
func explain(err error, verb, namespace string) error {
	scope := "in namespace " + namespace
	if namespace == "" {
		scope = "in all namespaces"
	}
	var network net.Error
	if errors.Is(err, context.Canceled) {
		return transport.ErrInterrupted{}
	}
	var plugin transport.NoCredentials
	if errors.As(err, &plugin) {
		return hint.Add(saidByAPI{plugin}, "kubectl get pods runs the same plugin: what it asks for also helps here; or choose another --context")
	}
	var operation *net.OpError
	unreached := errors.As(err, &operation) && operation.Op == "dial" // to ask again does not help
	if late := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout(); late && !unreached {
		return hint.Add(fmt.Errorf("%w%s: %s", ErrNoAnswer, address(err), printable(lastPart(err), longestText, "")), hintServer)
	}
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err):
		return ErrNotFound
	case apierrors.IsForbidden(err):
		return hint.Add(fmt.Errorf("not allowed to %s %s", verb, scope),
			"check your rights with "+canI(verb, namespace)+"; manifests/rbac.yaml has the smallest set that works")
	case apierrors.IsUnauthorized(err):
		return hint.Add(errors.New("the API does not accept these credentials"), "log in again, or choose another --context")
	case errors.As(err, &network), isConnection(err):
		return hint.Add(fmt.Errorf("the API does not answer%s: %s", address(err), printable(lastPart(err), longestText, "")), hintServer)
	case errors.Is(err, transport.ErrTooLarge), errors.Is(err, errEndless):
		return hint.Add(fmt.Errorf("%s: %w", verb, err), "is it the cluster's API that answers? -n asks for less")
	default:
		return saidByAPI{err}
	}
}

// saidByAPI is an error in the API's own words, or a plugin's, which may be any.
type saidByAPI struct{ error }

func (e saidByAPI) Error() string { return printable(e.error.Error(), longestText, "") }
func (e saidByAPI) Unwrap() error { return e.error }

// canI are the commands that tell whether one has the right to some verbs: each takes one.
func canI(verb, namespace string) string {
	end := strings.LastIndexByte(verb, ' ')
	var commands []string
	for one := range strings.SplitSeq(verb[:end], " and ") {
		commands = append(commands, "kubectl auth can-i "+one+verb[end:]+namespaceFlag(namespace))
	}
	return strings.Join(commands, " and ")
}

func namespaceFlag(namespace string) string {
	if namespace == "" {
		return " -A"
	}
	return " -n " + namespace
}

// isConnection says whether a request did not get as far as the API.
func isConnection(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

// address says where the API was asked for, if the error knows: " at https://10.96.0.1:443".
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

// lastPart keeps of an error what a person needs: "connect: connection refused" and to which address.
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
