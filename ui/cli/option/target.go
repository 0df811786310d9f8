package option

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Target is what --pod names: a pod, or what has pods.
type Target struct {
	Namespace string // "" if none was named
	Kind      string // "pod", or that of a workload or a service: "deployment"
	Name      string
}

// Pod is the kind of a pod.
const Pod = "pod"

// String returns the target as --pod takes it.
func (t Target) String() string {
	text := t.Name
	if t.Kind != Pod {
		text = t.Kind + "/" + text
	}
	if t.Namespace != "" {
		text = t.Namespace + "/" + text
	}
	return text
}

// kinds are kubectl's words for what has pods: a kind, its plural, its short name and its API group.
var kinds = []struct {
	name  string
	words []string
	group string
}{
	{Pod, []string{"pod", "pods", "po"}, ""},
	{"deployment", []string{"deployment", "deployments", "deploy"}, "apps"},
	{"statefulset", []string{"statefulset", "statefulsets", "sts"}, "apps"},
	{"daemonset", []string{"daemonset", "daemonsets", "ds"}, "apps"},
	{"replicaset", []string{"replicaset", "replicasets", "rs"}, "apps"},
	{"service", []string{"service", "services", "svc"}, ""},
	{"job", []string{"job", "jobs"}, "batch"},
}

// podless are kubectl's words for kinds whose pods podtracer does not look for.
var podless = []string{
	"cronjob", "cronjobs", "cj", "replicationcontroller", "replicationcontrollers", "rc", "node", "nodes", "no", "namespace", "namespaces", "ns",
	"configmap", "configmaps", "cm", "secret", "secrets", "endpoints", "ep", "endpointslice", "endpointslices", "ingress", "ingresses", "ing",
	"networkpolicy", "networkpolicies", "netpol", "serviceaccount", "serviceaccounts", "sa", "persistentvolumeclaim",
	"persistentvolumeclaims", "pvc", "persistentvolume", "persistentvolumes", "pv", "horizontalpodautoscaler", "horizontalpodautoscalers", "hpa",
	"poddisruptionbudget", "poddisruptionbudgets", "pdb", "event", "events", "ev", "container", "containers",
}

const forms = "--pod takes NAME, NAMESPACE/NAME, KIND/NAME and NAMESPACE/KIND/NAME; " +
	"kinds are pod, deployment, sts, ds, rs, svc and job. A namespace that is called like a kind is named with -n"

// ReadTarget reads what --pod names, in the ways people write it: cart-0, shop/cart-0 as in the console, deployment/cart and
// deployment.apps/cart as in kubectl -o name, and shop/deployment/cart. given is the namespace of -n, "" without it.
func ReadTarget(text, given string) (Target, error) {
	words := strings.Split(text, "/")
	if slices.Contains(words, "") || len(words) > 3 {
		return Target{}, unreadable(text)
	}
	t := Target{Kind: Pod, Name: words[len(words)-1]}
	words = words[:len(words)-1]
	if i := kindIn(words); i >= 0 {
		if t.Kind = kindOf(words[i]); t.Kind == "" {
			return Target{}, hint.Add(fmt.Errorf("--pod %s: podtracer does not look for the pods of a %s", text, words[i]), forms)
		}
		words = slices.Delete(words, i, i+1)
	}
	if len(words) > 1 {
		return Target{}, unreadable(text)
	}
	if t.Namespace = given; len(words) == 1 {
		t.Namespace = words[0]
	}
	if given != "" && given != t.Namespace {
		return Target{}, hint.Add(fmt.Errorf("--pod %s is in namespace %s, and -n says %s", text, t.Namespace, given), "leave one of them out")
	}
	return t, nil
}

func unreadable(text string) error {
	return hint.Add(fmt.Errorf("--pod %q is not the name of a pod", text), forms)
}

// kindIn returns which of the words before a name is a kind: the last one, unless only the first can be one; -1 if none is.
func kindIn(words []string) int {
	for i := len(words) - 1; i >= 0; i-- {
		if isKind(words[i]) {
			return i
		}
	}
	return -1
}

// isKind says whether a word can only be a kind: no namespace has dots or capitals.
func isKind(word string) bool {
	return kindOf(word) != "" || slices.Contains(podless, word) || strings.Contains(word, ".") || strings.ToLower(word) != word
}

// kindOf returns the kind of a word that kubectl takes for one, also with its version and group: deployment.v1.apps; "" if the word
// means no kind that has pods.
func kindOf(word string) string {
	word, group, qualified := strings.Cut(strings.ToLower(word), ".")
	if version, rest, both := strings.Cut(group, "."); both && version == "v1" {
		group = rest
	} else if group == "v1" {
		group = ""
	}
	for _, k := range kinds {
		if slices.Contains(k.words, word) && (!qualified || group == k.group) {
			return k.name
		}
	}
	return ""
}
