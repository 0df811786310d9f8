package launch

import (
	"context"
	"sync"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
)

const (
	lookAtNetwork = 2 * time.Second  // interval at which watchNetwork checks that a command is still in its pod's namespace
	mostPatience  = 30 * time.Second // longest interval, after the finder has repeatedly had no answer
	mostFind      = 3 * time.Second  // time limit for the finder's answer
)

// watchNetwork calls renewed when the pod has another network namespace than the one that a command runs in. A sandbox that
// crashed or was restarted is recreated under the pod's UID; the command keeps the old namespace, in which nothing happens any
// more.
//
// It checks where the path of the namespace leads, and asks the finder only if that has changed. The returned function checks one
// last time.
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

// isElsewhere says whether the pod is known to have another network namespace. A finder without an answer may have one later: a
// sandbox is recreated some time after the old one has ended.
func (l *Local) isElsewhere(ctx context.Context, pod k8s.Pod, netns *ns.Netns) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mostFind) // asks even after the command was stopped
	defer cancel()
	now, err := l.find(ctx, pod)
	if err != nil {
		return false
	}
	defer now.Close()
	return !now.Same(netns)
}
