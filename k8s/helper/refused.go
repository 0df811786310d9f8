package helper

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apiresource "k8s.io/apimachinery/pkg/api/resource"

	"github.com/fennec-project/podtracer/k8s/grant"
)

// Refused says how to get the API to accept a helper after this error; "" if that is not known.
func (o Options) Refused(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "no PriorityClass"):
		return "there is no such PriorityClass: kubectl get priorityclass lists those that there are; choose one with --helper-priority-class, or none"
	case strings.Contains(text, "error looking up service account"):
		return "there is no such service account: kubectl get serviceaccount -n " + o.Namespace + " lists those that there are, kubectl create serviceaccount -n " +
			o.Namespace + " " + o.ServiceAccount + " makes it; or choose one with --helper-service-account"
	case apierrors.IsNotFound(err):
		return "kubectl create namespace " + o.Namespace + ", or name another one with --helper-namespace"
	case strings.Contains(text, "exceeded quota"):
		return "make room in the quota: " + o.raised(text) + "; or name another namespace with --helper-namespace"
	case strings.Contains(text, "failed quota"):
		return "a helper has no limits, since one of CPU makes captures lose packets, and the quota wants some; this gives them to each container of the namespace that has none: " +
			o.limited() + "; or name another namespace with --helper-namespace. Where the quota has less left than this gives, write less into it"
	case strings.Contains(text, "violates PodSecurity"):
		return "kubectl label namespace " + o.Namespace + " pod-security.kubernetes.io/enforce=privileged --overwrite, or name another namespace with --helper-namespace"
	case strings.Contains(text, "ValidatingAdmissionPolicy"):
		return "an admission policy of this cluster refuses it: " + o.excepted(admissionPolicy, text, "kubectl get validatingadmissionpolicy")
	case strings.Contains(text, "webhook"): // it denies the pod, or cannot be called
		return "an admission webhook of this cluster refuses it, or does not answer: " +
			o.excepted(admissionWebhook, text, "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations")
	case apierrors.IsForbidden(err):
		return Grant(o.Namespace, grant.Who(err))
	default:
		return ""
	}
}

// How the API names who has refused a pod.
var (
	admissionPolicy  = regexp.MustCompile(`ValidatingAdmissionPolicy '([A-Za-z0-9.-]+)'`)
	admissionWebhook = regexp.MustCompile(`webhook "([A-Za-z0-9.-]+)"`)
)

// excepted says how a namespace is excepted from what somebody has set up for a cluster. lists is the command that lists such things.
func (o Options) excepted(by *regexp.Regexp, refusal, lists string) string {
	owner := "its owner"
	if found := by.FindStringSubmatch(refusal); found != nil {
		owner = "the owner of " + found[1]
	}
	return owner + " can except namespace " + o.Namespace + " (" + lists + "; a label of the namespace that its selector leaves out); the --helper-… flags " +
		"change labels, annotations and image of the pod; or name another namespace with --helper-namespace"
}

// exceeded is how the API refuses a pod for which a quota has no room.
var exceeded = regexp.MustCompile(`exceeded quota: ([a-z0-9.-]+), requested: (\S+), used: (\S+), limited: `)

// raised is the command that gives the quota in this refusal room for one more helper.
func (o Options) raised(refusal string) string {
	parts := exceeded.FindStringSubmatch(refusal)
	if parts == nil {
		return "kubectl edit quota -n " + o.Namespace
	}
	used := amounts(parts[3])
	var hard []string
	for name, wanted := range amounts(parts[2]) {
		sum := used[name]
		sum.Add(wanted)
		hard = append(hard, fmt.Sprintf("%q:%q", name, sum.String()))
	}
	slices.Sort(hard)
	return "kubectl patch quota " + parts[1] + " -n " + o.Namespace + ` --type merge -p '{"spec":{"hard":{` + strings.Join(hard, ",") + "}}}'"
}

// resourceName is what resources are called. Whatever else stands there gets into no command.
var resourceName = regexp.MustCompile(`^[A-Za-z0-9./_-]+$`)

// amounts reads amounts such as pods=1,requests.cpu=50m.
func amounts(text string) map[string]apiresource.Quantity {
	found := map[string]apiresource.Quantity{}
	for one := range strings.SplitSeq(text, ",") {
		name, amount, _ := strings.Cut(one, "=")
		if q, err := apiresource.ParseQuantity(amount); err == nil && resourceName.MatchString(name) {
			found[name] = q
		}
	}
	return found
}

// limited is the command that gives limits to containers that have none: so large that they change little.
func (o Options) limited() string {
	return `kubectl create -n ` + o.Namespace + ` -f - <<< '{"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"podtracer"},` +
		`"spec":{"limits":[{"type":"Container","default":{"cpu":"4","memory":"1Gi"}}]}}'`
}

// Grant says how to give somebody, as grant.Who names them, the right to make helpers in a namespace.
func Grant(namespace, who string) string {
	// What there is of pods/exec to list, to watch or to delete is nothing.
	all := grant.Right{Name: "helpers", Verbs: []string{"create", "get", "list", "watch", "delete"}, Resource: "pods,pods/exec", Namespace: namespace}
	return "who administers the cluster gives the rights for helpers with: " + all.Commands(who) +
		"\npodtracer's debug pod gets them with: kubectl apply -k manifests/helpers"
}
