package k8s

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
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

// NamesOf lists the names of the first 500 workloads or services of a kind in a namespace.
func (c *Cluster) NamesOf(ctx context.Context, kind, namespace string) ([]string, error) {
	if !rules.IsLabel(namespace) {
		return nil, fmt.Errorf("list objects in namespace %.80q: no namespace can have that name", namespace)
	}
	var names []string
	for _, w := range workloads {
		if w.kind != kind {
			continue
		}
		text, err := c.api.core.Get().AbsPath(w.path, "namespaces", namespace, w.resource).Param("limit", strconv.Itoa(mostNames)).
			SetHeader("Accept", "application/json").Do(ctx).Raw()
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", w.resource, explain(err, "list "+w.resource, namespace))
		}
		var list struct {
			Items []struct{ Metadata struct{ Name string } }
		}
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("list %s: %w: %w", w.resource, rules.ErrRefused, saidByAPI{err})
		}
		for _, item := range list.Items {
			if rules.IsName(item.Metadata.Name) {
				names = append(names, item.Metadata.Name)
			}
		}
	}
	return names, nil
}
