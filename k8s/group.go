package k8s

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// Group is pods that belong together because of their labels.
type Group struct {
	Namespace string // "" for all
	Selector  string // as kubectl writes it: "app=web,tier in (a,b)"
	Of        string // what selects them: "deployment shop/web", "-l app=web"
}

// scope says in which namespaces the pods are.
func (g Group) scope() string {
	if g.Namespace == "" {
		return "in any namespace"
	}
	return "in namespace " + g.Namespace
}

// String says which pods these are: "pods of deployment shop/web", "pods in namespace shop that match -l app=web".
func (g Group) String() string { return "pods " + g.scope() + " that belong to " + g.Of }

// ReadSelector checks a selector in kubectl's syntax.
//
// Errors: a selector that cannot be read, or that every pod matches, with a hint.
func ReadSelector(text string) error {
	const advice = "write it as for kubectl: app=web, app!=web, 'app in (web, api)', app, '!app'; several are separated by commas"
	selector, err := labels.Parse(text)
	switch {
	case err != nil:
		return hint.Add(saidByAPI{err}, advice)
	case selector.Empty():
		return hint.Add(errors.New("it is empty, so every pod would match"), advice)
	default:
		return nil
	}
}

// workload is a kind of object that has pods.
type workload struct{ kind, path, resource string }

// workloads are the kinds that GroupOf knows.
var workloads = []workload{
	{"deployment", "/apis/apps/v1", "deployments"},
	{"statefulset", "/apis/apps/v1", "statefulsets"},
	{"daemonset", "/apis/apps/v1", "daemonsets"},
	{"replicaset", "/apis/apps/v1", "replicasets"},
	{"job", "/apis/batch/v1", "jobs"},
	{"service", "/api/v1", "services"},
}

// GroupOf asks for the pods of a workload or a service, by the selector that it has now. While the API does not answer, it is asked
// again, as by AwaitPod.
//
// Errors: ErrNotFound; an object without a selector; else why the API did not answer, with a hint.
func (c *Cluster) GroupOf(ctx context.Context, kind, namespace, name string) (Group, error) {
	return patiently(ctx, c, func() (Group, error) { return c.groupOf(ctx, kind, namespace, name) })
}

func (c *Cluster) groupOf(ctx context.Context, kind, namespace, name string) (Group, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	object := kind + " " + namespace + "/" + name
	if !rules.IsLabel(namespace) || !rules.IsName(name) {
		return Group{}, fmt.Errorf("get %s %.80q in namespace %.80q: none can have that name", kind, name, namespace)
	}
	for _, w := range workloads {
		if w.kind != kind {
			continue
		}
		text, err := c.api.core.Get().AbsPath(w.path, "namespaces", namespace, w.resource, name).SetHeader("Accept", "application/json").Do(ctx).Raw()
		if err != nil {
			return Group{}, fmt.Errorf("get %s: %w", object, hintSelector(err, explain(err, "get "+w.resource, namespace)))
		}
		selector, err := selectorOf(text, kind == "service")
		if err != nil {
			return Group{}, fmt.Errorf("get %s: %w", object, err)
		}
		return Group{Namespace: namespace, Selector: selector, Of: object}, nil
	}
	return Group{}, fmt.Errorf("get %s: podtracer does not look for the pods of a %s", object, kind)
}

// hintSelector adds to a refusal how to do without the right.
func hintSelector(err, explained error) error {
	if !apierrors.IsForbidden(err) {
		return explained
	}
	return hint.Add(explained, "or name its pods by their labels, with -l, which takes only the rights to list and watch pods")
}

// selectorOf reads the selector of an object in JSON. That of a service has only labels.
func selectorOf(object []byte, ofService bool) (string, error) {
	var read struct {
		Spec struct{ Selector json.RawMessage }
	}
	var of metav1.LabelSelector
	into := any(&of)
	if ofService {
		into = &of.MatchLabels
	}
	err := json.Unmarshal(object, &read)
	if err == nil && len(read.Spec.Selector) > 0 {
		err = json.Unmarshal(read.Spec.Selector, into)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", rules.ErrRefused, saidByAPI{err})
	}
	selector, err := metav1.LabelSelectorAsSelector(&of)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", rules.ErrRefused, saidByAPI{err})
	case selector.Empty():
		return "", hint.Add(errors.New("it selects no pods by their labels"), "name its pods with --pod")
	default:
		return selector.String(), nil
	}
}
