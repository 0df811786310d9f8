package k8s

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/grant"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// right is a permission that podtracer needs in the API.
type right struct {
	verb, group, resource string
	lost                  string // what does not work without it
	needed                bool   // nothing works without it
}

const noWorkload = "--pod KIND/NAME finds no pods of these kinds"

// rights are all permissions that podtracer uses, as manifests/rbac.yaml grants them.
var rights = []right{
	{"get", "", "pods", "no pod can be named on the command line", true},
	{"list", "", "pods", "the console cannot show pods", true},
	{"watch", "", "pods", "the console's list is not live", true},
	{"list", "", "namespaces", "the console shows only the namespaces that have pods", false},
	{"watch", "", "namespaces", "the console shows only the namespaces that have pods", false},
	{"list", "", "services", "service addresses have no names", false},
	{"watch", "", "services", "service addresses have no names", false},
	{"get", "", "services", "--pod svc/NAME finds no pods", false},
	{"list", "", "events", "the details of a pod have no events", false},
	{"get", "apps", "replicasets", "the details of a pod name its ReplicaSet, not its Deployment", false},
	{"get", "apps", "deployments", noWorkload, false},
	{"get", "apps", "statefulsets", noWorkload, false},
	{"get", "apps", "daemonsets", noWorkload, false},
	{"get", "batch", "jobs", noWorkload, false},
}

// lost says what does not work without a right.
func lost(verb, resource string) string {
	for _, r := range rights {
		if r.verb == verb && r.resource == resource {
			return r.lost
		}
	}
	return ""
}

// Checkup checks whether the API answers, how far its clock is from the local clock, and which rights podtracer has in a namespace
// ("": in all). If the API does not answer, nothing else is asked. For people, the rights that are missing are together one finding; for
// programs, each right is one.
func (c *Cluster) Checkup(ctx context.Context, namespace string, forPeople bool) []checkup.Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	version, date, err := c.api.version(ctx)
	took := time.Since(began)
	if err != nil {
		err = explain(err, "get version", namespace)
		return []checkup.Finding{{
			Subject: "API server", State: checkup.Failure, Found: err.Error(),
			Means: "podtracer cannot tell which pods there are", Advice: hint.Of(err),
		}}
	}
	found := []checkup.Finding{
		checkup.Good("API server", fmt.Sprintf("Kubernetes %s, answers after %s", rules.Printable(version, rules.LongestText, ""), took.Round(time.Millisecond))),
		clockFinding(date, began.Add(took/2), took),
	}
	who := sync.OnceValue(func() string { return c.api.who(ctx) })
	if forPeople {
		return append(found, c.checkRights(ctx, namespace, who)...)
	}
	for _, r := range rights {
		found = append(found, c.checkRight(ctx, r, namespace, who))
	}
	return found
}

// CheckNode says that there is no such node. Whoever may not get nodes finds out by making a helper.
//
// Errors: ErrNotFound, with a hint.
func (c *Cluster) CheckNode(ctx context.Context, node string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	const list = "kubectl get nodes lists them"
	if !rules.IsName(node) {
		return hint.Add(fmt.Errorf("no node can be called %.80q", node), list)
	}
	if err := c.api.core.Get().Resource("nodes").Name(node).Do(ctx).Error(); apierrors.IsNotFound(err) {
		return hint.Add(fmt.Errorf("node %s: %w", node, ErrNotFound), list)
	}
	return nil
}

// Checkup checks whether a helper can be made for a podtracer on a node, or with "" on no node, which reaches no pod without one: the rights,
// what the API says to the very pod, which it does not keep (a dry run on the server), and what is known of the image. Nothing is made.
func (h *Helpers) Checkup(ctx context.Context, node string) []checkup.Finding {
	const subject = "helper"
	state, lost := checkup.Warning, "only the pods of this node can be reached"
	if node == "" {
		state, lost = checkup.Failure, "no pod can be reached"
	}
	warning := func(what string, err error, means string) checkup.Finding {
		return checkup.Finding{Subject: what, State: state, Found: err.Error(), Means: means, Advice: hint.Of(err)}
	}
	if err := h.Check(ctx); err != nil {
		return []checkup.Finding{warning(subject, err, lost)}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if h.options.Image == "" {
		return []checkup.Finding{warning("image of helpers", errNoImage(), lost)}
	}
	if err := h.pods().try(ctx, h.options.Pod(node)); err != nil {
		return []checkup.Finding{warning(subject, h.refused(err, node), lost)}
	}
	return []checkup.Finding{
		checkup.Good(subject, "the API would accept one in namespace "+h.options.Namespace+" (it was asked, and kept none)"),
		checkup.Good("image of helpers", h.imageFound(ctx)),
	}
}

// imageFound says what is known of the helpers' image without pulling it.
func (h *Helpers) imageFound(ctx context.Context) string {
	image := rules.Printable(h.options.Image, rules.LongestText, "")
	if own := h.cluster.ownPod(ctx); own != nil {
		for _, c := range own.Spec.Containers {
			if c.Image == h.options.Image {
				return image + ", which this pod runs: the registry, or this node, has it; that another node can pull it is known when one is made " +
					"there: doctor --node NODE"
			}
		}
	}
	return image + ": that a node can pull it is known only when a helper is made there: doctor --node NODE"
}

// clockFinding compares the date of an answer, in whole seconds, with the local time in the middle of the request.
func clockFinding(date, here time.Time, took time.Duration) checkup.Finding {
	const subject, tolerable = "clock", 2 * time.Second
	if date.IsZero() {
		return checkup.Good(subject, "the API server sends no date")
	}
	ahead := here.Sub(date.Add(time.Second / 2))
	if ahead.Abs() <= tolerable+took {
		return checkup.Good(subject, "within 2 s of the API server's")
	}
	word := "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	return checkup.Finding{
		Subject: subject, State: checkup.Warning, Found: fmt.Sprintf("%s %s the API server's", ahead.Abs().Round(time.Second), word),
		Means:  "pod ages and capture times do not match those of other nodes",
		Advice: "let NTP set this node's clock: timedatectl, or chronyc tracking",
	}
}

func (c *Cluster) checkRight(ctx context.Context, r right, namespace string, who func() string) checkup.Finding {
	if r.resource == "namespaces" {
		namespace = "" // namespaces are in no namespace
	}
	subject := "right to " + r.verb + " " + r.resource
	allowed, err := c.api.allowed(ctx, r, namespace)
	switch {
	case err != nil:
		err = explain(err, "create selfsubjectaccessreviews", namespace)
		return checkup.Finding{
			Subject: subject, State: checkup.Warning, Found: err.Error(), Means: "whether podtracer has this right is not known", Advice: hint.Of(err),
		}
	case allowed:
		return checkup.Good(subject, scopeOf(namespace))
	}
	state := checkup.Warning
	if r.needed {
		state = checkup.Failure
	}
	return checkup.Finding{
		Subject: subject, State: state, Found: "not allowed " + scopeOf(namespace), Means: r.lost,
		Advice: "who administers the cluster gives this right with: " + grant.Read(r.verb+" "+r.resource, namespace).Commands(who()) +
			"; or all that podtracer uses with manifests/rbac.yaml. With rights in one namespace only, name it: -n NAMESPACE",
	}
}

// checkRights is one finding for the rights that are there, and one for those that are missing, with one command for all of these. In one
// namespace, nobody needs a list of all.
func (c *Cluster) checkRights(ctx context.Context, namespace string, who func() string) (found []checkup.Finding) {
	var there, missing []right
	state := checkup.Warning
	for _, r := range rights {
		if r.resource == "namespaces" && namespace != "" {
			continue
		}
		switch allowed, err := c.api.allowed(ctx, r, namespace); {
		case err != nil:
			return []checkup.Finding{c.checkRight(ctx, r, namespace, who)}
		case allowed:
			there = append(there, r)
		default:
			missing = append(missing, r)
			if r.needed {
				state = checkup.Failure
			}
		}
	}
	if len(there) > 0 {
		var words []string
		for _, of := range groups(there, sameVerbs(there)) {
			words = append(words, phrase(of))
		}
		found = append(found, checkup.Good("rights", scopeOf(namespace)+": "+strings.Join(words, "; ")))
	}
	if len(missing) == 0 {
		return found
	}
	verbs, kinds := wordsOf(missing)
	give := grant.Right{Name: "read", Verbs: verbs, Resource: strings.Join(kinds, ","), Namespace: namespace}
	var lines []string
	for _, of := range groups(missing, func(a, b right) bool { return a.lost == b.lost }) {
		lines = append(lines, phrase(of)+": "+of[0].lost)
	}
	advice := "who administers the cluster gives these rights with: " + give.Commands(who()) + "\nmanifests/rbac.yaml has all that podtracer reads"
	if state == checkup.Failure && namespace == "" {
		advice += "\nwith rights in one namespace only, name it: -n NAMESPACE"
	}
	return append(found, checkup.Finding{
		Subject: "missing rights", State: state, Found: scopeOf(namespace) + ":\n" + strings.Join(lines, "\n"), Advice: advice,
	})
}

// groups puts rights together that are alike, in the order of their first ones.
func groups(some []right, alike func(a, b right) bool) (of [][]right) {
	for _, r := range some {
		i := slices.IndexFunc(of, func(g []right) bool { return alike(g[0], r) })
		if i < 0 {
			of = append(of, []right{r})
			continue
		}
		of[i] = append(of[i], r)
	}
	return of
}

// wordsOf are the verbs and the kinds of some rights, each once.
func wordsOf(some []right) (verbs, kinds []string) {
	for _, r := range some {
		verbs, kinds = added(verbs, r.verb), added(kinds, r.resource)
	}
	slices.Sort(verbs)
	return verbs, kinds
}

// phrase is some rights in words: "get, list, watch pods".
func phrase(some []right) string {
	verbs, kinds := wordsOf(some)
	return strings.Join(verbs, ", ") + " " + strings.Join(kinds, ", ")
}

// sameVerbs says of two of some rights whether these are about two kinds with which the same may be done.
func sameVerbs(some []right) func(a, b right) bool {
	may := map[string]string{}
	for _, of := range groups(some, func(a, b right) bool { return a.resource == b.resource }) {
		verbs, _ := wordsOf(of)
		may[of[0].resource] = strings.Join(verbs, " ")
	}
	return func(a, b right) bool { return may[a.resource] == may[b.resource] }
}

// added is a list with a word that is in it once.
func added(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}

func scopeOf(namespace string) string {
	if namespace == "" {
		return "in all namespaces"
	}
	return "in namespace " + namespace
}

// PodsOn returns a few pods that run on a node, for trying something.
func (c *Cluster) PodsOn(ctx context.Context, node, namespace string) ([]Pod, error) {
	const few = 20
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := c.api.pods(namespace).list(ctx, metav1.ListOptions{Limit: few, FieldSelector: "status.phase=Running,spec.nodeName=" + node})
	if err != nil {
		return nil, fmt.Errorf("list pods: %w", explain(err, "list pods", namespace))
	}
	var pods []Pod
	for i := range list.Items {
		if pod, err := podOf(&list.Items[i]); err == nil { // a pod that breaks the rules is not entered
			pods = append(pods, pod)
		}
	}
	return pods, nil
}
