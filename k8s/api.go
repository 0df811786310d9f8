package k8s

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"

	"github.com/fennec-project/podtracer/k8s/grant"
	"github.com/fennec-project/podtracer/k8s/rules"
	"github.com/fennec-project/podtracer/k8s/streams"
	"github.com/fennec-project/podtracer/k8s/transport"
)

// api reads the kinds of objects that podtracer needs, by client-go's REST client. client-go's clientset knows every kind and
// version of Kubernetes, and would be half of the program.
type api struct {
	core, apps, authorization rest.Interface

	*transport.Connection               // used for all requests
	streams               *streams.Ways // used for exec
}

// newAPI returns an api that uses this connection, which config has made.
func newAPI(config *rest.Config, connection *transport.Connection) (*api, error) {
	scheme := newScheme()
	group := *config
	group.NegotiatedSerializer = rest.CodecFactoryForGeneratedClient(scheme, serializer.NewCodecFactory(scheme)).WithoutConversion()
	group.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(config.QPS, config.Burst) // shared by all groups
	group.APIPath, group.GroupVersion = "/api", &corev1.SchemeGroupVersion
	core, err := rest.RESTClientForConfigAndClient(&group, connection.Client)
	if err != nil {
		return nil, err
	}
	group.APIPath, group.GroupVersion = "/apis", &appsv1.SchemeGroupVersion
	apps, err := rest.RESTClientForConfigAndClient(&group, connection.Client)
	if err != nil {
		return nil, err
	}
	group.GroupVersion = &authorizationv1.SchemeGroupVersion
	authorization, err := rest.RESTClientForConfigAndClient(&group, connection.Client)
	if err != nil {
		return nil, err
	}
	return &api{core, apps, authorization, connection, streams.New(config)}, nil
}

// newScheme returns the scheme that decodes the API's answers.
func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(corev1.SchemeGroupVersion, &corev1.Pod{}, &corev1.PodList{}, &corev1.Service{}, &corev1.ServiceList{},
		&corev1.Namespace{}, &corev1.NamespaceList{}, &corev1.Event{}, &corev1.EventList{})
	scheme.AddKnownTypes(appsv1.SchemeGroupVersion, &appsv1.ReplicaSet{}, &appsv1.ReplicaSetList{})
	scheme.AddKnownTypes(authorizationv1.SchemeGroupVersion, &authorizationv1.SelfSubjectAccessReview{})
	metav1.AddToGroupVersion(scheme, authorizationv1.SchemeGroupVersion)
	metav1.AddToGroupVersion(scheme, corev1.SchemeGroupVersion)
	metav1.AddToGroupVersion(scheme, appsv1.SchemeGroupVersion)
	return scheme
}

func (a *api) pods(namespace string) resource[corev1.Pod, corev1.PodList] {
	return resource[corev1.Pod, corev1.PodList]{a.core, "pods", namespace}
}

func (a *api) services(namespace string) resource[corev1.Service, corev1.ServiceList] {
	return resource[corev1.Service, corev1.ServiceList]{a.core, "services", namespace}
}

func (a *api) namespaces() resource[corev1.Namespace, corev1.NamespaceList] {
	return resource[corev1.Namespace, corev1.NamespaceList]{a.core, "namespaces", ""}
}

func (a *api) events(namespace string) resource[corev1.Event, corev1.EventList] {
	return resource[corev1.Event, corev1.EventList]{a.core, "events", namespace}
}

func (a *api) replicaSets(namespace string) resource[appsv1.ReplicaSet, appsv1.ReplicaSetList] {
	return resource[appsv1.ReplicaSet, appsv1.ReplicaSetList]{a.apps, "replicasets", namespace}
}

// resource are the objects of one kind, in one namespace or, with "", in all. *Object and *List are runtime.Objects.
type resource[Object, List any] struct {
	client          rest.Interface
	name, namespace string
}

func (r resource[Object, List]) get(ctx context.Context, name string) (*Object, error) {
	object := new(Object)
	err := r.ask(nil).Name(name).Do(ctx).Into(any(object).(runtime.Object))
	return object, err
}

// create makes an object, and returns it as the API has it.
func (r resource[Object, List]) create(ctx context.Context, o *Object) (*Object, error) {
	made := new(Object)
	err := r.client.Post().NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name).Body(any(o).(runtime.Object)).Do(ctx).Into(any(made).(runtime.Object))
	return made, err
}

// try asks whether the API would make an object, with everything that it checks, and makes none.
func (r resource[Object, List]) try(ctx context.Context, o *Object) error {
	return r.client.Post().NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name).Param("dryRun", metav1.DryRunAll).
		Body(any(o).(runtime.Object)).Do(ctx).Error()
}

// remove deletes the object of that name, with its own grace period.
func (r resource[Object, List]) remove(ctx context.Context, name string) error {
	return r.client.Delete().NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name).Name(name).Do(ctx).Error()
}

// removeOnly deletes the object of that name if it is this one.
func (r resource[Object, List]) removeOnly(ctx context.Context, name string, uid types.UID) error {
	return r.client.Delete().NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name).Name(name).
		Body(&metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}).Do(ctx).Error()
}

func (r resource[Object, List]) list(ctx context.Context, o metav1.ListOptions) (*List, error) {
	list := new(List)
	err := r.ask(&o).Do(ctx).Into(any(list).(runtime.Object))
	return list, err
}

// unanswered is the type of the watch that client-go returns, without an error, when the connection was closed before an answer came.
var unanswered = reflect.TypeOf(watch.NewEmptyWatch())

func (r resource[Object, List]) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.Watch = true
	request := r.ask(&o).MaxRetries(0) // whoever watches asks again, and says so
	w, err := request.Watch(ctx)
	if err == nil && reflect.TypeOf(w) == unanswered {
		return nil, &url.Error{Op: "Get", URL: request.URL().String(), Err: errClosed}
	}
	return w, err
}

var errClosed = errors.New("the connection was closed without an answer")

// ask returns a request for these objects; options are nil for a request for one object.
func (r resource[Object, List]) ask(o *metav1.ListOptions) *rest.Request {
	request := r.client.Get().NamespaceIfScoped(r.namespace, r.namespace != "").Resource(r.name)
	if o == nil {
		return request
	}
	if o.TimeoutSeconds != nil {
		request.Timeout(time.Duration(*o.TimeoutSeconds) * time.Second)
	}
	return request.SpecificallyVersionedParams(o, metav1.ParameterCodec, schema.GroupVersion{Version: "v1"})
}

// who is the user as whom the API knows podtracer (SelfSubjectReview, authentication.k8s.io/v1), which it has told since Kubernetes 1.28.
func (a *api) who(ctx context.Context) string {
	const review = `{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`
	answer, err := a.core.Post().AbsPath("/apis/authentication.k8s.io/v1/selfsubjectreviews").
		SetHeader("Content-Type", "application/json").SetHeader("Accept", "application/json").Body([]byte(review)).Do(ctx).Raw()
	var told struct {
		Status struct {
			UserInfo struct {
				Username string `json:"username"`
			} `json:"userInfo"`
		} `json:"status"`
	}
	if err != nil || json.Unmarshal(answer, &told) != nil || told.Status.UserInfo.Username == "" {
		return grant.Unknown
	}
	return told.Status.UserInfo.Username
}

// version returns the version of Kubernetes and the API's time; zero if it sends none. It uses net/http because client-go hides the date.
func (a *api) version(ctx context.Context) (version string, date time.Time, err error) {
	question := a.core.Get().AbsPath("/version")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, question.URL().String(), nil)
	if err != nil {
		return "", time.Time{}, err
	}
	answer, err := a.Client.Do(request)
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
