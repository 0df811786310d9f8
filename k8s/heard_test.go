package k8s

import (
	"errors"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/k8s/memory"
)

// heard is a question on its way to the API in memory.
type heard struct {
	memory.Question
	verb    string // get, list or watch
	request *http.Request
}

// overhear has a function told of each question to the API. An error of the API's is the answer in place of the API's own, with
// any other error the question did not get there.
func overhear(m *Memory, tell func(heard) error) {
	client := m.cluster.api.core.(*rest.RESTClient).Client // the same for all groups
	client.Transport = ear{client.Transport, tell}
}

type ear struct {
	next http.RoundTripper
	tell func(heard) error
}

func (e ear) RoundTrip(request *http.Request) (*http.Response, error) {
	q, _ := memory.QuestionOf(request) // what is wrong with it the API says
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

// deny lets the API refuse something in the namespaces ("" is all) where on says so.
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
