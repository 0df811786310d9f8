package launch

import (
	"context"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
)

const (
	lookAtNetwork = 2 * time.Second  // between two looks whether a command is still where its pod is
	mostPatience  = 30 * time.Second // between two, if the finder had no answer again and again
	mostFind      = 3 * time.Second  // for the finder's answer
)

// watchNetwork calls renewed when the pod has another network namespace than the one that a command runs in. A sandbox that crashed
// or was restarted is made anew under the pod's UID; the descriptor keeps the namespace that it had, in which nothing happens any
// more.
//
// It looks where the path of the namespace leads, and asks the finder only if that is elsewhere. The function that it returns looks
// for the last time.
func (l *Local) watchNetwork(ctx context.Context, pod k8s.Pod, netns *ns.Netns, renewed func()) (stop func()) {
	if renewed == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() { // ends with ended
		wait, last := lookAtNetwork, false
		for !last {
			select {
			case <-time.After(wait):
			case <-ended:
				last = true
			}
			if netns.IsCurrent() {
				wait = lookAtNetwork
				continue
			}
			if l.isElsewhere(ctx, pod, netns) {
				renewed()
				return
			}
			wait = min(2*wait, mostPatience)
		}
	})
	return func() {
		close(ended)
		watcher.Wait()
	}
}

// isElsewhere says whether the pod is known to have another network namespace. A finder that has no answer may have one later: a
// sandbox is made anew some time after the one before it has ended.
func (l *Local) isElsewhere(ctx context.Context, pod k8s.Pod, netns *ns.Netns) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mostFind) // a command that was stopped is asked about, too
	defer cancel()
	now, err := l.find(ctx, pod)
	if err != nil {
		return false
	}
	defer now.Close()
	return !now.Same(netns)
}
