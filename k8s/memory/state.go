package memory

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

// KeepChanges is how many changes a watch may at least be behind. A watch that is further behind has to list again.
const KeepChanges = 1000

// content is what an in-memory API contains at one version. It is never changed.
type content struct {
	objects []stored // sorted
	changes []change // the newest ones, oldest first
}

// stored is an object, which is never changed, and its place.
type stored struct {
	resource, namespace, name string
	object                    object
}

type object interface {
	runtime.Object
	metav1.Object
}

// change is what led to a version.
type change struct {
	version uint64
	kind    watch.EventType
	stored
}

// version is never 0, because 0 in a request means any version.
func (s content) version() uint64 {
	if len(s.changes) == 0 {
		return 1
	}
	return s.changes[len(s.changes)-1].version
}

// with returns the state after one change; Modified adds an object that does not exist.
func (s content) with(kind watch.EventType, o stored) content {
	i, found := slices.BinarySearchFunc(s.objects, o, compareStored)
	objects := slices.Clone(s.objects)
	switch {
	case kind == watch.Deleted && found:
		objects = slices.Delete(objects, i, i+1)
	case kind == watch.Deleted: // somebody else has deleted it
		return s
	case found:
		objects[i] = o
	default:
		kind, objects = watch.Added, slices.Insert(objects, i, o)
	}
	version := s.version() + 1
	o.object.SetResourceVersion(strconv.FormatUint(version, 10))
	changes := append(s.changes, change{version, kind, o})
	if len(changes) > 2*KeepChanges {
		changes = slices.Clone(changes[KeepChanges:])
	}
	return content{objects, changes}
}

func compareStored(a, b stored) int {
	return cmp.Or(strings.Compare(a.resource, b.resource), strings.Compare(a.namespace, b.namespace), strings.Compare(a.name, b.name))
}

// Find returns a copy of the object of that name.
//
// Errors: the API's NotFound.
func (m *API) Find(resource, namespace, name string) (object, error) {
	state, _ := m.state.Get()
	i, found := slices.BinarySearchFunc(state.objects, stored{resource, namespace, name, nil}, compareStored)
	if !found {
		return nil, apierrors.NewNotFound(schema.GroupResource{Resource: resource}, name)
	}
	return state.objects[i].object.DeepCopyObject().(object), nil
}

// Put adds the object, or replaces the one of its name. The object belongs to the API from now on.
//
// Errors: the error of ctx.
func (m *API) Put(ctx context.Context, resource string, o object) error {
	o.GetObjectKind().SetGroupVersionKind(kindOf(resource))
	return m.change(ctx, watch.Modified, stored{resource, o.GetNamespace(), o.GetName(), o})
}

// Remove removes the object of that name.
//
// Errors: the API's NotFound; the error of ctx.
func (m *API) Remove(ctx context.Context, resource, namespace, name string) error {
	o, err := m.Find(resource, namespace, name)
	if err != nil {
		return err
	}
	return m.change(ctx, watch.Deleted, stored{resource, namespace, name, o})
}

func (m *API) change(ctx context.Context, kind watch.EventType, o stored) error {
	if ctx.Err() == nil {
		m.state.Update(func(s content) content { return s.with(kind, o) })
	}
	return ctx.Err()
}

// kindOf returns the kind of the objects of a resource; zero if there is no such resource.
func kindOf(resource string) schema.GroupVersionKind {
	switch resource {
	case "pods":
		return corev1.SchemeGroupVersion.WithKind("Pod")
	case "services":
		return corev1.SchemeGroupVersion.WithKind("Service")
	case "namespaces":
		return corev1.SchemeGroupVersion.WithKind("Namespace")
	case "events":
		return corev1.SchemeGroupVersion.WithKind("Event")
	case "replicasets":
		return appsv1.SchemeGroupVersion.WithKind("ReplicaSet")
	case "deployments":
		return appsv1.SchemeGroupVersion.WithKind("Deployment")
	case "statefulsets":
		return appsv1.SchemeGroupVersion.WithKind("StatefulSet")
	default:
		return schema.GroupVersionKind{}
	}
}
