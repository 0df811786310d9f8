package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/cli/option"
)

// Crowd is the pods in which the tool runs at first, and where others come from.
type Crowd struct {
	Pods     []k8s.Pod     // in which it can run now
	Later    []k8s.Pod     // that match, and have no network yet
	Matching *k8s.Matching // nil: no others come

	named   map[string]bool // by UID
	cluster *k8s.Cluster
}

// Named says whether a pod was named itself.
func (c Crowd) Named(p k8s.Pod) bool { return c.named[p.UID] }

// Gone waits until a pod is gone.
func (c Crowd) Gone(ctx context.Context, p k8s.Pod) (k8s.Fate, error) {
	if c.Matching == nil || c.named[p.UID] {
		return c.cluster.Gone(ctx, p)
	}
	return c.Matching.Gone(ctx, p)
}

// Gather finds the pods that were asked for.
//
// Errors: a pod or a workload that does not exist; there are no pods in which a tool can run; why the API did not answer. All have hints.
func (t *Flags) Gather(ctx context.Context, cluster *k8s.Cluster) (Crowd, error) {
	c := Crowd{named: map[string]bool{}, cluster: cluster}
	var groups []k8s.Group
	if t.Selected() {
		g := k8s.Group{Selector: t.selector, Of: "-l " + t.selector}
		if !t.all {
			g.Namespace = cluster.Namespace()
		}
		groups = append(groups, g)
	}
	for _, one := range t.Found {
		if one.Kind == option.Pod {
			pod, err := FindPod(ctx, cluster, one)
			if err != nil {
				return c, err
			}
			if !c.named[pod.UID] {
				c.named[pod.UID] = true
				c.Pods = append(c.Pods, pod)
			}
			continue
		}
		namespace := cmp.Or(one.Namespace, cluster.Namespace())
		g, err := cluster.GroupOf(ctx, one.Kind, namespace, one.Name)
		if err != nil {
			return c, explainMissing(err, one.Kind, namespace, one.Name)
		}
		groups = append(groups, g)
	}
	if len(groups) == 0 {
		return c, nil
	}
	return c, c.match(ctx, groups)
}

// FindPod asks for the pod that a target names.
//
// Errors: there is no such pod; why the API did not answer. All have hints.
func FindPod(ctx context.Context, cluster *k8s.Cluster, t option.Target) (k8s.Pod, error) {
	namespace := cmp.Or(t.Namespace, cluster.Namespace())
	pod, err := cluster.AwaitPod(ctx, namespace, t.Name)
	return pod, explainMissing(err, option.Pod, namespace, t.Name)
}

// explainMissing says of something that does not exist how to find it.
func explainMissing(err error, kind, namespace, name string) error {
	if !errors.Is(err, k8s.ErrNotFound) {
		return err
	}
	return hint.Add(fmt.Errorf("there is no %s %s in namespace %s", kind, name, namespace),
		"kubectl get "+kind+"s -A | grep "+command.Join([]string{name})+" finds its namespace, to be named with -n")
}

// match adds the pods of the groups.
//
// Errors: why they cannot be listed; there are none in which a tool can run.
func (c *Crowd) match(ctx context.Context, groups []k8s.Group) (err error) {
	if c.Matching, err = c.cluster.Matching(ctx, groups); err != nil {
		return err
	}
	gone := 0
	for _, p := range c.Matching.Now().Pods {
		switch {
		case c.named[p.UID]:
		case Entered(p):
			c.Pods = append(c.Pods, p)
		case alive(p):
			c.Later = append(c.Later, p)
		default:
			gone++
		}
	}
	if len(c.Pods) > 0 {
		return nil
	}
	var of []string
	for _, g := range groups {
		of = append(of, g.String())
	}
	switch text := strings.Join(of, ", nor "); {
	case len(c.Later) > 0:
		return hint.Add(fmt.Errorf("none of the %s has a network yet: %s is %s", text, c.Later[0], c.Later[0].Status),
			"see: kubectl describe pod -n "+c.Later[0].Namespace+" "+c.Later[0].Name)
	case gone > 0:
		return hint.Add(fmt.Errorf("all %s have ended, or are being deleted", text), "choose pods that run")
	default:
		return hint.Add(fmt.Errorf("there are no %s", text), "kubectl get pods -A --show-labels shows which there are; -n chooses another namespace, -A with -l all")
	}
}

// Entered says whether a tool can run in a pod: it has a network by now.
func Entered(p k8s.Pod) bool { return alive(p) && p.Node != "" && p.IP() != "" }

func alive(p k8s.Pod) bool { return !p.Deleting && !p.Finished() }
