// Package roster says which pods there are when the API does not: it stands in for a watch of the API with the pods of this node, as
// the node's container runtime has them. To everybody else they are pods like any other.
//
// While the API answers, the runtime is not asked, and the roster is what the watch says. When the API is back, it is so again. Where
// the API refuses something, the roster does not go around that: only who says so (Alone) sees pods that the API would not show.
//
// Nothing is lost, but the runtime does not know everything: containers that run count as ready, and a pod that is being deleted looks
// like any other until it is gone.
//
// The door: Node, and Roster with Next, Gone and Names.
package roster

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// every is the interval in which the runtime is asked. Nobody is told of a change by the runtime: a second reader of its events would
// take them away from the kubelet.
const every = 2 * time.Second

// API is a watch of the cluster's API.
type API interface {
	Next(ctx context.Context, seen uint64) (k8s.Snapshot, uint64, error)
	Gone(ctx context.Context, pod k8s.Pod) (k8s.Fate, error)
}

// Roster is a list of pods that is live as long as the API or the runtime of this node answers.
type Roster struct {
	api  API // nil: it is never asked
	node *Node
	list latest.Value[k8s.Snapshot]
}

// Follow follows the API's watch, and the node while the API does not answer, until ctx ends. Then wait returns when all goroutines have
// ended.
func Follow(ctx context.Context, api API, node *Node) (r *Roster, wait func()) {
	r = &Roster{api: api, node: node}
	var running sync.WaitGroup
	running.Go(func() { r.follow(ctx) }) // ends with ctx
	return r, running.Wait
}

// Alone follows the node only.
func Alone(ctx context.Context, node *Node) (r *Roster, wait func()) { return Follow(ctx, nil, node) }

// Next waits for a list newer than seen.
func (r *Roster) Next(ctx context.Context, seen uint64) (k8s.Snapshot, uint64, error) {
	return r.list.Next(ctx, seen)
}

// Names are those of the newest list, whatever is asked for.
func (r *Roster) Names(context.Context, []netip.Addr, time.Time) (*k8s.Names, error) {
	s, _ := r.list.Get()
	return s.Names, nil
}

// Gone waits until the pod is gone or in another network namespace, as the API says or, while it does not answer, the runtime. The error
// is that of ctx.
func (r *Roster) Gone(ctx context.Context, pod k8s.Pod) (k8s.Fate, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type answer struct {
		fate k8s.Fate
		err  error
	}
	answers, asked := make(chan answer, 2), 1
	var asking sync.WaitGroup // both end with ctx
	defer asking.Wait()
	defer cancel()
	ask := func(gone func(context.Context, k8s.Pod) (k8s.Fate, error)) {
		asking.Go(func() {
			fate, err := gone(ctx, pod)
			answers <- answer{fate, err}
		})
	}
	ask(r.goneHere)
	if r.api != nil {
		asked++
		ask(r.api.Gone)
	}
	var last answer
	for range asked {
		if last = <-answers; last.err == nil {
			break
		}
	}
	return last.fate, last.err
}

// settles is how long a pod whose containers and sandbox have ended is looked at before that is its end: the kubelet may be making a new
// sandbox for it.
const settles = 30 * time.Second

// goneHere waits until the runtime says that a pod of this node is gone.
func (r *Roster) goneHere(ctx context.Context, pod k8s.Pod) (k8s.Fate, error) {
	var ended time.Time // when it was first seen that its containers have
	for seen := uint64(0); ; {
		s, version, err := r.list.Next(ctx, seen)
		if err != nil {
			return k8s.Fate{}, err
		}
		listed := s.Synced || r.api != nil // alone, a list without a pod may be one that the runtime has not given yet
		if seen = version; s.Standin == "" || s.Standin != pod.Node || !listed {
			continue
		}
		fate := fateIn(s.Find, pod)
		switch now, err := s.Find(pod.Namespace, pod.Name); {
		case fate.Reason == "":
			ended = time.Time{}
		case err != nil || now.UID != pod.UID || !now.Finished():
			return fate, nil
		case ended.IsZero():
			ended = time.Now()
		case time.Since(ended) > settles:
			return fate, nil
		}
	}
}

// follow publishes lists until ctx ends.
func (r *Roster) follow(ctx context.Context) {
	if r.api == nil {
		for ; ctx.Err() == nil; pause.For(ctx, every) {
			last, _ := r.list.Get()
			r.list.Set(r.node.alone(ctx, last))
		}
		return
	}
	news := make(chan k8s.Snapshot)
	var reading sync.WaitGroup
	defer reading.Wait()
	reading.Go(func() { r.read(ctx, news) }) // ends with ctx
	var last k8s.Snapshot
	again := time.NewTicker(every)
	defer again.Stop()
	for away := false; ; {
		select {
		case last = <-news:
			if away && Away(last.Err) {
				continue // the next look at the runtime comes soon
			}
		case <-again.C:
			if !away {
				continue
			}
		case <-ctx.Done():
			return
		}
		away = Away(last.Err)
		r.list.Set(r.with(ctx, last, away))
	}
}

// read passes on what the API's watch says.
func (r *Roster) read(ctx context.Context, news chan<- k8s.Snapshot) {
	for seen := uint64(0); ; {
		s, version, err := r.api.Next(ctx, seen)
		if err != nil {
			return
		}
		seen = version
		select {
		case news <- s:
		case <-ctx.Done():
			return
		}
	}
}

// with is a list of the API, with the pods of this node as the runtime has them while the API is away.
func (r *Roster) with(ctx context.Context, s k8s.Snapshot, away bool) k8s.Snapshot {
	if !away || !r.node.isOf(s) {
		return s
	}
	pods, err := r.node.Pods(ctx)
	if err != nil {
		return s
	}
	return r.node.standIn(s, pods)
}

// Away says whether an error leaves it open which pods there are: the API does not answer, or not to the question. A refusal is an answer.
func Away(err error) bool {
	for _, answer := range []error{
		k8s.ErrForbidden, k8s.ErrUnauthorized, k8s.ErrPlugin, k8s.ErrNotFound, rules.ErrRefused, context.Canceled,
	} {
		if errors.Is(err, answer) {
			return false
		}
	}
	return err != nil
}
