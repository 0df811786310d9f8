// Package memory is an API server in memory: objects, lists and watches, without a network. The demo and tests use it in place of a
// cluster. Start reading at API, a transport for client-go.
package memory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/fennec-project/podtracer/internal/latest"
)

// API is the server, as the transport to it. It answers podtracer's requests in JSON: for one object, for a list (in one piece), and
// for the changes since a list. Like old servers it refuses a watch that begins with the existing objects.
type API struct {
	state latest.Value[content]
}

// Question is what a request asks for.
type Question struct {
	Resource  string
	Namespace string // "" for all
	Name      string // of one object; "" for a list or a watch
	Fields    fields.Selector
	Labels    labels.Selector
	Watch     bool
	since     uint64 // version after which a watch begins
}

// QuestionOf parses the request: GET /api/v1/namespaces/shop/pods/cart, GET /apis/apps/v1/replicasets?fieldSelector=….
//
// Errors: API errors for requests that it does not support.
func QuestionOf(request *http.Request) (q Question, err error) {
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	if parts[0] == "apis" {
		parts = parts[1:] // /apis precedes a group
	}
	parts = append(parts, "", "", "")[2:] // after the version
	if parts[0] == "namespaces" && parts[2] != "" {
		q.Namespace, parts = parts[1], parts[2:]
	}
	q.Resource, q.Name = parts[0], parts[1]
	query := request.URL.Query()
	if q.Fields, err = fields.ParseSelector(query.Get("fieldSelector")); err != nil {
		return q, apierrors.NewBadRequest(err.Error())
	}
	if q.Labels, err = labels.Parse(query.Get("labelSelector")); err != nil {
		return q, apierrors.NewBadRequest(err.Error())
	}
	if q.Watch = query.Get("watch") != ""; q.Watch {
		q.since, err = strconv.ParseUint(query.Get("resourceVersion"), 10, 64)
	}
	if err != nil || query.Get("sendInitialEvents") != "" {
		return q, apierrors.NewGenericServerResponse(http.StatusUnprocessableEntity, "watch",
			schema.GroupResource{Resource: q.Resource}, "", "a watch begins behind a list", 0, false)
	}
	return q, nil
}

// wants says whether the object is part of the answer.
func (q Question) wants(o stored) bool {
	return q.watches(o) && q.Labels.Matches(labels.Set(o.object.GetLabels()))
}

// watches says whether the object is part of the answer as far as its labels, which may change, do not matter.
func (q Question) watches(o stored) bool {
	return o.resource == q.Resource && (q.Namespace == "" || o.namespace == q.Namespace) && q.Fields.Matches(fieldsOf(o.object))
}

// fieldsOf returns the fields that a selector may name.
func fieldsOf(o object) fields.Set {
	set := fields.Set{"metadata.name": o.GetName()}
	switch o := o.(type) {
	case *corev1.Pod:
		set["spec.nodeName"], set["status.phase"] = o.Spec.NodeName, string(o.Status.Phase)
		if len(o.Status.PodIPs) > 0 {
			set["status.podIP"] = o.Status.PodIPs[0].IP
		}
	case *corev1.Event:
		set["involvedObject.kind"], set["involvedObject.name"] = o.InvolvedObject.Kind, o.InvolvedObject.Name
	}
	return set
}

// RoundTrip answers a request.
func (m *API) RoundTrip(request *http.Request) (*http.Response, error) {
	q, err := QuestionOf(request)
	switch {
	case err != nil:
		return Refusal(request, err)
	case q.Watch:
		return m.watch(request, q), nil
	case q.Name == "":
		return answer(request, http.StatusOK, m.list(q))
	}
	object, err := m.Find(q.Resource, q.Namespace, q.Name)
	if err != nil {
		return Refusal(request, err)
	}
	return answer(request, http.StatusOK, object)
}

// list is a list object of the API.
type list struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []object `json:"items"`
}

func (m *API) list(q Question) *list {
	state, _ := m.state.Get()
	version, kind := kindOf(q.Resource).ToAPIVersionAndKind()
	out := &list{TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: kind + "List"}}
	out.ResourceVersion = strconv.FormatUint(state.version(), 10)
	for _, o := range state.objects {
		if q.wants(o) {
			out.Items = append(out.Items, o.object)
		}
	}
	return out
}

func (m *API) watch(request *http.Request, q Question) *http.Response {
	ctx, cancel := context.WithCancel(request.Context())
	var seen uint64
	return response(request, http.StatusOK, &follower{Question: q, cancel: cancel, next: func() (content, error) {
		state, version, err := m.state.Next(ctx, seen)
		seen = version
		return state, err
	}})
}

// follower is the body of the answer to a watch: the changes, as they come.
type follower struct {
	Question
	next   func() (content, error) // waits for a state that has not been sent
	cancel context.CancelFunc
	unread bytes.Buffer
}

// Read waits for changes.
func (w *follower) Read(p []byte) (int, error) {
	for w.unread.Len() == 0 {
		state, err := w.next()
		if err != nil {
			return 0, err
		}
		if err := w.tell(state); err != nil {
			return 0, err
		}
	}
	return w.unread.Read(p)
}

// tell encodes the new changes of a state.
func (w *follower) tell(state content) error {
	events := json.NewEncoder(&w.unread)
	if len(state.changes) > 0 && state.changes[0].version > w.since+1 {
		expired := statusOf(apierrors.NewResourceExpired("too old"))
		return events.Encode(metav1.WatchEvent{Type: string(watch.Error), Object: runtime.RawExtension{Object: expired}})
	}
	for _, c := range state.changes {
		if c.version <= w.since || !w.watches(c.stored) {
			continue
		}
		kind := c.kind
		if !w.wants(c.stored) { // to a watch by labels, an object that has lost them is gone
			kind = watch.Deleted
		}
		if err := events.Encode(metav1.WatchEvent{Type: string(kind), Object: runtime.RawExtension{Object: c.object}}); err != nil {
			return err
		}
	}
	w.since = state.version()
	return nil
}

// Close ends a waiting Read.
func (w *follower) Close() error {
	w.cancel()
	return nil
}

// Refusal returns an answer that contains an error.
func Refusal(request *http.Request, err error) (*http.Response, error) {
	status := statusOf(err)
	return answer(request, int(status.Code), status)
}

// statusOf returns an error of the API as a Status object.
func statusOf(err error) *metav1.Status {
	var refused *apierrors.StatusError
	if !errors.As(err, &refused) {
		refused = apierrors.NewInternalError(err)
	}
	status := refused.Status()
	status.APIVersion, status.Kind = "v1", "Status"
	return &status
}

func answer(request *http.Request, code int, object any) (*http.Response, error) {
	text, err := json.Marshal(object)
	return response(request, code, io.NopCloser(bytes.NewReader(text))), err
}

func response(request *http.Request, code int, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status: http.StatusText(code), StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: body, ContentLength: -1, Request: request,
	}
}
