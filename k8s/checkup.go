package k8s

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// right is a permission that podtracer needs in the API.
type right struct {
	verb, group, resource string
	lost                  string // what does not work without it
	needed                bool   // nothing works without it
}

// rights are all permissions that podtracer uses, as manifests/rbac.yaml grants them.
var rights = []right{
	{"get", "", "pods", "no pod can be named on the command line", true},
	{"list", "", "pods", "the console cannot show pods", true},
	{"watch", "", "pods", "the console's list is not live", true},
	{"list", "", "namespaces", "the console shows only the namespaces that have pods", false},
	{"watch", "", "namespaces", "the console shows only the namespaces that have pods", false},
	{"list", "", "services", "service addresses have no names", false},
	{"watch", "", "services", "service addresses have no names", false},
	{"list", "", "events", "the details of a pod have no events", false},
	{"get", "apps", "replicasets", "the details of a pod name its ReplicaSet, not its Deployment", false},
}

// Checkup checks whether the API answers, how far its clock is from the local clock, and which rights podtracer has in a namespace
// ("": in all). If the API does not answer, nothing else is asked.
func (c *Cluster) Checkup(ctx context.Context, namespace string) []checkup.Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	version, date, err := c.api.version(ctx)
	took := time.Since(began)
	if err != nil {
		err = explain(err, "get version", namespace)
		return []checkup.Finding{{
			Subject: "API server", State: checkup.Failure, Found: err.Error(), Means: "podtracer cannot tell which pods there are", Advice: hint.Of(err),
		}}
	}
	found := []checkup.Finding{
		checkup.Good("API server", fmt.Sprintf("Kubernetes %s, answers after %s", rules.Printable(version, rules.LongestText, ""), took.Round(time.Millisecond))),
		clockFinding(date, began.Add(took/2), took),
	}
	for _, r := range rights {
		found = append(found, c.checkRight(ctx, r, namespace))
	}
	return found
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
		Means: "pod ages and capture times do not match those of other nodes", Advice: "let NTP set this node's clock: timedatectl, or chronyc tracking",
	}
}

func (c *Cluster) checkRight(ctx context.Context, r right, namespace string) checkup.Finding {
	if r.resource == "namespaces" {
		namespace = "" // namespaces are in no namespace
	}
	subject := "right to " + r.verb + " " + r.resource
	allowed, err := c.api.allowed(ctx, r, namespace)
	switch {
	case err != nil:
		err = explain(err, "create selfsubjectaccessreviews", namespace)
		return checkup.Finding{Subject: subject, State: checkup.Warning, Found: err.Error(), Means: "whether podtracer has this right is not known", Advice: hint.Of(err)}
	case allowed:
		return checkup.Good(subject, scopeOf(namespace))
	}
	state := checkup.Warning
	if r.needed {
		state = checkup.Failure
	}
	return checkup.Finding{
		Subject: subject, State: state, Found: "not allowed " + scopeOf(namespace), Means: r.lost,
		Advice: "kubectl apply -f manifests/rbac.yaml grants the smallest set that works; with rights in one namespace only, name it: -n NAMESPACE",
	}
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

// version returns the version of Kubernetes and the API's time; zero if it sends none. It uses net/http because client-go hides the date.
func (a *api) version(ctx context.Context) (version string, date time.Time, err error) {
	question := a.core.Get().AbsPath("/version")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, question.URL().String(), nil)
	if err != nil {
		return "", time.Time{}, err
	}
	answer, err := a.client.Do(request)
	if err != nil {
		return "", time.Time{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK { // client-go turns the answer into an error
		return "", time.Time{}, question.Do(ctx).Error()
	}
	var told struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil {
		return "", time.Time{}, fmt.Errorf("%w: %w", rules.ErrRefused, err)
	}
	date, _ = http.ParseTime(answer.Header.Get("Date")) // zero if there is none
	return told.GitVersion, date, nil
}

// allowed asks whether podtracer has a right (SelfSubjectAccessReview, authorization.k8s.io/v1).
func (a *api) allowed(ctx context.Context, r right, namespace string) (bool, error) {
	name, part, _ := strings.Cut(r.resource, "/")
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: r.verb, Group: r.group, Resource: name, Subresource: part},
	}}
	err := a.authorization.Post().Resource("selfsubjectaccessreviews").Body(review).Do(ctx).Into(review)
	return review.Status.Allowed, err
}
