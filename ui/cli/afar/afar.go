// Package afar finds the detached runs that a console can get at, and picks them up: those in this data directory, in debug pods and in
// helpers.
//
// It asks each pod of podtracer's, which takes one exec and up to 30 s; a pod that does not answer is left out. It keeps no connection but
// those of runs that are followed, which end with them.
//
// The door: Runs.
package afar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/ui/cli/home"
)

// Cluster is where podtracer's pods are.
type Cluster interface {
	// List lists helpers, and Debug the pods in which people run podtracer.
	List(ctx context.Context) ([]k8s.Helper, error)
	Debug(ctx context.Context) ([]k8s.Helper, error)
	// RemoveDetached deletes the helper of a detached run.
	RemoveDetached(ctx context.Context, namespace, name string) error
	// RemoveIdle deletes a helper that is not installed, and that nobody uses any more, and says whether it has.
	RemoveIdle(ctx context.Context, namespace, name string) (bool, error)
	// EndsBy is when a helper ends at the latest; zero: it stays.
	EndsBy(ctx context.Context, namespace, name string) (time.Time, error)
}

// Runs are the detached runs that can be found.
type Runs struct {
	Cluster func() Cluster                           // nil, or returns nil: it is not asked
	Keeper  func(namespace, pod string) agent.Dialer // reaches the keeper in a pod
	Here    func() (*agent.Away, error)              // reaches what is in this data directory
	Own     string                                   // the pod that podtracer runs in, NAMESPACE/NAME; "" for none
	By      string                                   // the person

	Heir func(files []*os.File) (*detached.Heir, error) // starts the process that goes on with a tool of this node

	HelperOn func(node string) (namespace, name string) // that this console uses; "" for none
	// Owner runs podtracer in a pod, which starts the process that owns a run, and says so as detached.Started.
	Owner func(ctx context.Context, namespace, name string, order io.Reader, said io.Writer) error
}

const (
	answerTime = 30 * time.Second // for a pod to answer
	forgetTime = time.Minute      // for that, and until nobody uses a helper any more
	mostAsked  = 8                // pods at a time
)

// List lists the detached runs, by age.
//
// Even with an error, it returns those that were found; the error says where none could be looked for.
func (r *Runs) List(ctx context.Context) ([]detached.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	found, err := r.here(ctx)
	errs := []error{err}
	if cluster := r.cluster(); cluster != nil {
		pods, err := r.pods(ctx, cluster)
		errs = append(errs, err)
		found = append(found, r.in(ctx, pods)...)
	}
	slices.SortStableFunc(found, func(a, b detached.Found) int { return a.Began.Compare(b.Began) })
	return found, errors.Join(errs...)
}

func (r *Runs) cluster() Cluster {
	if r.Cluster == nil {
		return nil
	}
	return r.Cluster()
}

// here lists those in this data directory.
func (r *Runs) here(ctx context.Context) ([]detached.Found, error) {
	away, err := r.Here()
	if err != nil {
		return nil, err
	}
	defer away.Close()
	all, err := away.Detached(ctx)
	return at(strings.TrimPrefix(r.Own+":", ":"), all), err
}

// pods are podtracer's other pods.
func (r *Runs) pods(ctx context.Context, cluster Cluster) ([]k8s.Helper, error) {
	helpers, err := cluster.List(ctx)
	debug, debugErr := cluster.Debug(ctx)
	if err != nil {
		debugErr = nil // it is the same one
	}
	all := slices.DeleteFunc(append(helpers, debug...), func(h k8s.Helper) bool {
		return !h.Runs || h.Namespace+"/"+h.Name == r.Own
	})
	return all, errors.Join(err, debugErr)
}

// in asks pods.
func (r *Runs) in(ctx context.Context, pods []k8s.Helper) []detached.Found {
	found := make([][]detached.Found, len(pods))
	slots := make(chan struct{}, mostAsked)
	var asking sync.WaitGroup
	for i, pod := range pods {
		asking.Go(func() { // ends with ctx
			slots <- struct{}{}
			defer func() { <-slots }()
			away, err := agent.Reach(r.Keeper(pod.Namespace, pod.Name), func() {})
			if err != nil {
				return
			}
			defer away.Close()
			all, err := away.Detached(ctx)
			if err == nil { // an older podtracer knows of no detached runs
				found[i] = at(pod.Namespace+"/"+pod.Name+":", all)
			}
		})
	}
	asking.Wait()
	return slices.Concat(found...)
}

func at(pod string, all []detached.About) []detached.Found {
	found := make([]detached.Found, len(all))
	for i, a := range all {
		found[i] = detached.Found{About: a, Place: pod + a.ID}
	}
	return found
}

// reach reaches what is kept at a place.
func (r *Runs) reach(place string) (away *agent.Away, at home.Place, err error) {
	if at, err = home.ReadPlace(place, ""); err != nil {
		return nil, at, err
	}
	if at.Pod == "" || at.Namespace+"/"+at.Pod == r.Own {
		away, err = r.Here()
	} else {
		away, err = agent.Reach(r.Keeper(at.Namespace, at.Pod), func() {})
	}
	return away, at, err
}

// Attach returns the request of a run that follows a detached one.
func (r *Runs) Attach(ctx context.Context, place string) (tools.Request, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, fmt.Errorf("it has not answered for %s", answerTime))
	defer cancel()
	away, at, err := r.reach(place)
	if err != nil {
		return tools.Request{}, err
	}
	run, err := away.Run(ctx, at.Name)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("attach to %s: %w", place, context.Cause(ctx))
	}
	if err != nil {
		away.Close()
		return tools.Request{}, err
	}
	namespace, name, _ := strings.Cut(run.Pod, "/")
	return tools.Request{
		Pod: k8s.Pod{Namespace: namespace, Name: name, Node: run.Node}, Argv: run.Argv, Packets: true, Text: true,
		Limits: tools.Limits{Size: -1}, Elsewhere: away.Attach(run), Detached: tools.Detached{Place: place, By: run.By, Until: run.Until},
	}, nil
}

// Forget ends what is kept of a detached run whose output is saved here, as podtracer get does, and says what it has done; "" for nothing
// that a person has to know.
func (r *Runs) Forget(ctx context.Context, place string) (done string, err error) {
	ctx, cancel := context.WithTimeout(ctx, forgetTime)
	defer cancel()
	away, at, err := r.reach(place)
	if err != nil {
		return "", err
	}
	defer away.Close()
	run, err := away.Run(ctx, at.Name)
	if err == nil {
		err = away.Forget(ctx, at.Name)
	}
	if err != nil {
		return "", fmt.Errorf("it is kept where it ran, too: %w", err)
	}
	if done, err = RemoveHelper(ctx, r.cluster(), at, run); err != nil {
		return "", fmt.Errorf("its helper ends by itself: %w", err)
	}
	return done, nil
}

// RemoveHelper deletes the helper of a detached run that was forgotten, if it was there for it, or if nobody else uses it, and says so; ""
// if it stays.
func RemoveHelper(ctx context.Context, cluster Cluster, at home.Place, run detached.About) (done string, err error) {
	gone := run.Alone
	switch {
	case cluster == nil || at.Pod == "":
		return "", nil
	case run.Alone:
		err = cluster.RemoveDetached(ctx, at.Namespace, at.Pod)
	default:
		gone, err = cluster.RemoveIdle(ctx, at.Namespace, at.Pod)
	}
	if err != nil || !gone {
		return "", err
	}
	return "helper " + at.Namespace + "/" + at.Pod + " is deleted", nil
}
