package pods

import (
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
)

// favourites are the pods that come first in the list: those with a star, then those in which a tool was run recently. They are
// kept over restarts.
type favourites struct {
	Starred []string `json:"favourites"` // namespace/name of a workload, or of a pod that has none; newest first
	Used    []string `json:"used"`       // namespace/name of pods, the most recently used one first
	seen    tools.RunID
	edition uint64 // grows with each change: of two editions, the newer one is kept
}

const (
	keepStarred = 200
	keepUsed    = 8
)

// pin is why a pod comes first; 0 means that it does not.
type pin uint8

const (
	starred  pin = keepUsed + 1 // the highest; below it are pods that were used, the most recent one highest
	pinCount     = 3            // as ranks
)

func (p pin) String() string {
	switch {
	case p == 0:
		return " "
	case p == starred:
		return "★"
	default:
		return "○"
	}
}

// rank is the pin without how long ago a pod was used.
func (p pin) rank() int {
	switch {
	case p == 0:
		return 0
	case p == starred:
		return 2
	default:
		return 1
	}
}

// pins maps the place of each pod that comes first to the reason. The pods are sorted by namespace and name.
func (f *favourites) pins(pods []k8s.Pod) map[int32]pin {
	pins := map[int32]pin{}
	for age, key := range f.Used {
		namespace, name, _ := strings.Cut(key, "/")
		if at, ok := slices.BinarySearchFunc(pods, k8s.Pod{Namespace: namespace, Name: name}, comparePods); ok {
			pins[int32(at)] = pin(keepUsed - age)
		}
	}
	for _, key := range f.Starred {
		namespace, name, _ := strings.Cut(key, "/")
		at, _ := slices.BinarySearchFunc(pods, k8s.Pod{Namespace: namespace, Name: name}, comparePods)
		for ; at < len(pods) && pods[at].Namespace == namespace && strings.HasPrefix(pods[at].Name, name); at++ {
			if workload(pods[at]) == name {
				pins[int32(at)] = starred
			}
		}
	}
	return pins
}

// star gives the pod's workload a star, or takes it away. It returns what it did.
func (f *favourites) star(p k8s.Pod) string {
	key := p.Namespace + "/" + workload(p)
	what := "pod " + key
	if workload(p) != p.Name {
		what = "all pods of " + key
	}
	if i := slices.Index(f.Starred, key); i >= 0 {
		f.Starred = slices.Delete(slices.Clone(f.Starred), i, i+1)
		return "no longer a favourite: " + what
	}
	f.Starred = keepFirst(f.Starred, key, keepStarred)
	return "★ favourite, comes first from now on: " + what
}

// use records in which pods tools were started since the last call, and says whether there were any.
func (f *favourites) use(runs tools.List) bool {
	seen := f.seen
	for _, r := range runs {
		if r.ID > seen {
			f.Used = keepFirst(f.Used, r.Pod.String(), keepUsed)
			f.seen = max(f.seen, r.ID)
		}
	}
	return f.seen > seen
}

// merge adds what an earlier console kept. What was done in this console comes first.
func (f *favourites) merge(kept favourites) {
	for _, key := range slices.Backward(f.Starred) {
		kept.Starred = keepFirst(kept.Starred, key, keepStarred)
	}
	for _, key := range slices.Backward(f.Used) {
		kept.Used = keepFirst(kept.Used, key, keepUsed)
	}
	f.Starred, f.Used = kept.Starred[:min(len(kept.Starred), keepStarred)], kept.Used[:min(len(kept.Used), keepUsed)]
}

// keepFirst puts a key before the others, and drops the last ones if there are too many.
func keepFirst(keys []string, key string, most int) []string {
	out := []string{key}
	for _, k := range keys {
		if k != key && len(out) < most {
			out = append(out, k)
		}
	}
	return out
}

// workload is the name that the pod's controller has, which is a part of the pod's name: pods come and go, and their workload
// stays. A pod whose name stays is its own workload.
func workload(p k8s.Pod) string {
	if hash, ok := labelOf(p.Labels, "pod-template-hash"); ok { // a Deployment's: cart-7f9c4-x2lpq
		if name, _, ok := strings.Cut(p.Name, "-"+hash+"-"); ok {
			return name
		}
	}
	_, stateful := labelOf(p.Labels, "statefulset.kubernetes.io/pod-name")
	_, daemon := labelOf(p.Labels, "pod-template-generation")
	if job, ok := labelOf(p.Labels, "batch.kubernetes.io/job-name"); ok && strings.HasPrefix(p.Name, job+"-") {
		return job
	}
	if i := strings.LastIndexByte(p.Name, '-'); daemon && !stateful && i > 0 { // agent-4mtr2
		return p.Name[:i]
	}
	return p.Name
}
