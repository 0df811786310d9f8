// Package rules holds what the API answers against Kubernetes' rules. Names become words of commands, parts of paths and lines on a screen,
// so every answer is checked as soon as it comes in. What breaks the rules is refused and never passed on.
//
// The door: CheckPod and the other checks, and Word, Text and Printable for texts without rules.
package rules

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrRefused says that an answer of the API contains something that Kubernetes does not allow.
var ErrRefused = errors.New("the API's answer breaks the rules of Kubernetes")

// The longest texts that are kept, in bytes.
const (
	longestUID  = 64
	longestID   = 128     // of a container
	LongestWord = 100     // a status or a reason
	LongestText = 2 << 10 // a message, an image

	mostOfObject = 64 << 10 // bytes kept of one object
)

// inspection checks an object against the rules; err is about the first rule that it breaks.
type inspection struct{ err error }

// demand refuses the value unless ok. The error quotes the value, which may be anything.
func (i *inspection) demand(ok bool, what, value string) {
	if i.err == nil && !ok {
		i.err = hint.Add(fmt.Errorf("%w: %s is %.80q", ErrRefused, what, value),
			"is it the cluster's API that answers? check the server of the kubeconfig's context")
	}
}

func (i *inspection) object(kind string, m *metav1.ObjectMeta) {
	i.demand(IsLabel(m.Namespace), "the namespace of a "+kind, m.Namespace)
	i.demand(IsName(m.Name), "the name of a "+kind, m.Name)
	i.demand(IsUID(string(m.UID)), "the UID of a "+kind, string(m.UID))
}

func (i *inspection) labels(labels map[string]string) (bytes int) {
	for key, value := range labels {
		i.demand(IsLabelKey(key), "a label's key", key)
		i.demand(value == "" || IsSimple(value, 63) || len(validation.IsValidLabelValue(value)) == 0, "a label's value", value)
		bytes += len(key) + len(value) + len("=,")
	}
	return bytes
}

func (i *inspection) addresses(addrs ...string) (bytes int) {
	for _, addr := range addrs {
		ip, err := netip.ParseAddr(addr)
		i.demand(addr == "" || err == nil && ip.Zone() == "", "an address", addr)
		bytes += len(addr)
	}
	return bytes
}

// CheckPod checks a pod against the rules.
func CheckPod(pod *corev1.Pod) error {
	var i inspection
	i.object("pod", &pod.ObjectMeta)
	i.demand(pod.Spec.NodeName == "" || IsName(pod.Spec.NodeName), "the name of a node", pod.Spec.NodeName)
	bytes := i.labels(pod.Labels) + i.containers(pod) + i.addresses(pod.Status.PodIP, pod.Status.HostIP)
	for _, ip := range pod.Status.PodIPs {
		bytes += i.addresses(ip.IP)
	}
	for _, ip := range pod.Status.HostIPs {
		bytes += i.addresses(ip.IP)
	}
	i.demand(bytes <= mostOfObject, fmt.Sprintf("with %d bytes of labels, containers and addresses the pod", bytes), pod.Name)
	return i.err
}

func (i *inspection) containers(pod *corev1.Pod) (bytes int) {
	name := func(name string) {
		i.demand(IsLabel(name), "the name of a container", name)
		bytes += len(name)
	}
	for _, c := range pod.Spec.Containers {
		name(c.Name)
	}
	for _, c := range pod.Spec.InitContainers {
		name(c.Name)
	}
	for _, c := range pod.Spec.EphemeralContainers {
		name(c.Name)
	}
	for _, c := range ContainerStatuses(pod) {
		_, id, ok := strings.Cut(c.ContainerID, "://")
		i.demand(!ok || len(id) <= longestID && isMadeOf(id, "-_."), "the id of a container", id)
		bytes += len(id)
	}
	return bytes
}

// CheckService checks a service against the rules.
func CheckService(s *corev1.Service) error {
	var i inspection
	i.object("service", &s.ObjectMeta)
	i.demand(IsLabel(s.Name), "the name of a service", s.Name)
	bytes := i.labels(s.Spec.Selector)
	for _, addr := range ServiceAddresses(s) {
		bytes += len(addr)
	}
	i.demand(bytes <= mostOfObject, fmt.Sprintf("with %d bytes of labels and addresses the service", bytes), s.Name)
	return i.err
}

// CheckNamespace checks a namespace against the rules.
func CheckNamespace(n *corev1.Namespace) error {
	var i inspection
	i.demand(IsLabel(n.Name), "the name of a namespace", n.Name)
	return i.err
}

// CheckOwner checks an owner reference, which is written by whoever creates the pod.
func CheckOwner(o *metav1.OwnerReference) error {
	var i inspection
	i.demand(len(o.Kind) <= 63 && isMadeOf(o.Kind, ""), "the kind of an owner", o.Kind)
	i.demand(IsName(o.Name), "the name of an owner", o.Name)
	return i.err
}

// IsLabel says whether s is a DNS label (RFC 1123), as the names of namespaces are.
func IsLabel(s string) bool {
	return IsSimple(s, 63) && !strings.Contains(s, ".") || len(validation.IsDNS1123Label(s)) == 0
}

// IsName says whether s is a DNS subdomain (RFC 1123), as the names of pods are.
func IsName(s string) bool { return IsSimple(s, 253) || len(validation.IsDNS1123Subdomain(s)) == 0 }

// IsLabelKey says whether s may be the key of a label.
func IsLabelKey(s string) bool {
	prefix, name, ok := strings.Cut(s, "/")
	return ok && IsSimple(prefix, 253) && IsSimple(name, 63) || len(validation.IsQualifiedName(s)) == 0
}

// IsSimple says whether s is allowed by all rules for names. Almost all names are, and the rules themselves take ten times as long.
func IsSimple(s string, longest int) bool {
	if len(s) > longest {
		return false
	}
	after := byte('.')
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && after != '.':
		case c == '.' && after != '.' && after != '-':
		default:
			return false
		}
		after = c
	}
	return after != '.' && after != '-'
}

// IsUID accepts more than the form that the API gives UIDs, because Kubernetes does not promise a form.
func IsUID(s string) bool { return len(s) <= longestUID && isMadeOf(s, "-") }

// isMadeOf says whether s consists of letters, digits and others, and is not empty.
func isMadeOf(s, others string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(others, r) {
			return false
		}
	}
	return s != ""
}

// Word makes a status or a reason of the API, for which there are no rules, short, one line and printable.
func Word(s string) string { return Printable(s, LongestWord, "") }

// Text makes a longer text of the API, which may have several lines, printable.
func Text(s string) string { return Printable(strings.TrimSpace(s), LongestText, "\n\t") }

// Line makes a text of others one printable line: of the API, of a plugin, of a server.
func Line(s string) string { return Printable(strings.Join(strings.Fields(s), " "), LongestText, "") }

// Printable shortens s, and replaces unprintable characters except the controls that are allowed.
func Printable(s string, limit int, controls string) string {
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || strings.ContainsRune(controls, r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// ContainerStatuses returns the statuses of all containers, including init containers and ephemeral containers.
func ContainerStatuses(pod *corev1.Pod) []corev1.ContainerStatus {
	return slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses)
}

// ServiceAddresses returns all addresses of a service.
func ServiceAddresses(s *corev1.Service) []string {
	texts := slices.Concat(s.Spec.ClusterIPs, []string{s.Spec.ClusterIP}, s.Spec.ExternalIPs) // parse drops "None"
	for _, ingress := range s.Status.LoadBalancer.Ingress {
		texts = append(texts, ingress.IP)
	}
	return texts
}
