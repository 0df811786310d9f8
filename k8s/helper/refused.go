package helper

import (
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Refused says how to get the API to accept a helper after this error; "" if that is not known.
func (o Options) Refused(err error) string {
	text := err.Error()
	switch {
	case apierrors.IsNotFound(err):
		return "kubectl create namespace " + o.Namespace + ", or name another one with --helper-namespace"
	case strings.Contains(text, "exceeded quota"):
		return "kubectl describe quota -n " + o.Namespace + " tells the quota: a helper asks for 50m of CPU and 64Mi of memory; or name another namespace with --helper-namespace"
	case strings.Contains(text, "violates PodSecurity"):
		return "kubectl label namespace " + o.Namespace + " pod-security.kubernetes.io/enforce=privileged --overwrite, or name another namespace with --helper-namespace"
	case strings.Contains(text, "admission webhook"):
		return "an admission webhook of this cluster refuses it: its owner can except namespace " + o.Namespace + ", or name another one with --helper-namespace"
	case apierrors.IsForbidden(err):
		return Grant(o.Namespace)
	default:
		return ""
	}
}

// Grant says how to give the right to make helpers in a namespace.
func Grant(namespace string) string {
	return "the rights for helpers: kubectl create role podtracer-helpers -n " + namespace +
		" --verb=create,get,watch,delete --resource=pods, another with --verb=get,create --resource=pods/exec, and a rolebinding; or kubectl apply -k manifests/helpers"
}
