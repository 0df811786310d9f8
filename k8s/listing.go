package k8s

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/fennec-project/podtracer/k8s/rules"
)

// mostNames is how many names a shell is given to choose from.
const mostNames = 500

// thatRun selects the pods in which a tool can be run.
var thatRun = fields.OneTermEqualSelector("status.phase", string(corev1.PodRunning)).String()

// PodNames lists the names of the first 500 pods of a namespace that run.
func (c *Cluster) PodNames(ctx context.Context, namespace string) ([]string, error) {
	if !rules.IsLabel(namespace) {
		return nil, fmt.Errorf("list pods in namespace %.80q: no namespace can have that name", namespace)
	}
	list, err := c.api.pods(namespace).list(ctx, metav1.ListOptions{Limit: mostNames, FieldSelector: thatRun})
	if err != nil {
		return nil, fmt.Errorf("list pods: %w", explain(err, "list pods", namespace))
	}
	var names []string
	for i := range list.Items {
		if rules.IsName(list.Items[i].Name) {
			names = append(names, list.Items[i].Name)
		}
	}
	return names, nil
}

// NamespaceNames lists the names of the first 500 namespaces.
func (c *Cluster) NamespaceNames(ctx context.Context) ([]string, error) {
	list, err := c.api.namespaces().list(ctx, metav1.ListOptions{Limit: mostNames})
	if err != nil {
		return nil, fmt.Errorf("list namespaces: %w", explain(err, "list namespaces", ""))
	}
	var names []string
	for i := range list.Items {
		if rules.IsLabel(list.Items[i].Name) {
			names = append(names, list.Items[i].Name)
		}
	}
	return names, nil
}

// NodeNames lists the names of the first 500 nodes. For whoever may not list nodes these are the nodes of the first 500 pods that run.
func (c *Cluster) NodeNames(ctx context.Context) ([]string, error) {
	const onlyNames = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json" // a node lists all its images
	text, err := c.api.core.Get().AbsPath("/api/v1/nodes").Param("limit", strconv.Itoa(mostNames)).SetHeader("Accept", onlyNames).Do(ctx).Raw()
	if apierrors.IsForbidden(err) {
		return c.nodesOfPods(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", explain(err, "list nodes", ""))
	}
	return namesIn(text, "nodes")
}

func (c *Cluster) nodesOfPods(ctx context.Context) ([]string, error) {
	list, err := c.api.pods("").list(ctx, metav1.ListOptions{Limit: mostNames, FieldSelector: thatRun})
	if err != nil {
		return nil, fmt.Errorf("list pods: %w", explain(err, "list pods", ""))
	}
	var names []string
	for i := range list.Items {
		if node := list.Items[i].Spec.NodeName; rules.IsName(node) {
			names = append(names, node)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// namesIn are the names in a list that the API has sent.
func namesIn(text []byte, resource string) (names []string, err error) {
	var list struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("list %s: %w: %w", resource, rules.ErrRefused, saidByAPI{err})
	}
	for _, item := range list.Items {
		if rules.IsName(item.Metadata.Name) {
			names = append(names, item.Metadata.Name)
		}
	}
	return names, nil
}

// NamesOf lists the names of the first 500 workloads or services of a kind in a namespace.
func (c *Cluster) NamesOf(ctx context.Context, kind, namespace string) ([]string, error) {
	if !rules.IsLabel(namespace) {
		return nil, fmt.Errorf("list objects in namespace %.80q: no namespace can have that name", namespace)
	}
	for _, w := range workloads {
		if w.kind != kind {
			continue
		}
		text, err := c.api.core.Get().AbsPath(w.path, "namespaces", namespace, w.resource).Param("limit", strconv.Itoa(mostNames)).
			SetHeader("Accept", "application/json").Do(ctx).Raw()
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", w.resource, explain(err, "list "+w.resource, namespace))
		}
		return namesIn(text, w.resource)
	}
	return nil, nil
}
