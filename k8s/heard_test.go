package k8s

import (
	"errors"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/k8s/memory"
)

// heard is a request to the in-memory API.
type heard struct {
	memory.Question
	verb    string // get, list or watch
	request *http.Request
}

// overhear calls tell for each request to the API. If tell returns an API error, that is the answer; with any other error, the
// request does not reach the API.
func overhear(m *Memory, tell func(heard) error) {
	client := m.cluster.api.core.(*rest.RESTClient).Client // shared by all groups
	client.Transport = ear{client.Transport, tell}
}

type ear struct {
	next http.RoundTripper
	tell func(heard) error
}

func (e ear) RoundTrip(request *http.Request) (*http.Response, error) {
	q, _ := memory.QuestionOf(request) // the API itself reports an invalid request
	h := heard{q, "list", request}
	switch {
	case q.Watch:
		h.verb = "watch"
	case q.Name != "":
		h.verb = "get"
	}
	var refused *apierrors.StatusError
	switch err := e.tell(h); {
	case errors.As(err, &refused):
		return memory.Refusal(request, err)
	case err != nil:
		return nil, err
	}
	return e.next.RoundTrip(request)
}

// deny makes the API forbid a request in the namespaces ("" is all) for which on returns true.
func deny(m *Memory, verb, resource string, on func(namespace string) bool) {
	overhear(m, func(h heard) error {
		if h.verb == verb && h.Resource == resource && on(h.Namespace) {
			return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no"))
		}
		return nil
	})
}

func anywhere(string) bool { return true }

func everywhere(namespace string) bool { return namespace == "" }

// denyUntil lets the API refuse a right until it is given.
func denyUntil(m *Memory, verb, resource string, given <-chan struct{}) {
	overhear(m, func(h heard) error {
		select {
		case <-given:
			return nil
		default:
		}
		if h.verb == verb && h.Resource == resource {
			return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no"))
		}
		return nil
	})
}
