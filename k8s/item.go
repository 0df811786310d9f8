package k8s

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"github.com/fennec-project/podtracer/k8s/addresses"
	"github.com/fennec-project/podtracer/k8s/rules"
)

// key is what the informers need of any object, and all that is kept of a namespace. metav1.ObjectMeta would take 0.25 KB.
type key struct {
	namespace, name, version string
	refused                  error // why the object is left out; its name may then be anything
}

func keyOf(m *metav1.ObjectMeta, refused error) key {
	k := key{m.Namespace, m.Name, m.ResourceVersion, refused}
	if refused != nil {
		k.namespace, k.name = k.namespace[:min(len(k.namespace), rules.LongestWord)], k.name[:min(len(k.name), rules.LongestWord)]
	}
	return k
}

// refusedIn returns the number of objects in a store that are left out, and why the last one is.
func refusedIn(store cache.Store) (count int, why error) {
	for _, object := range store.List() {
		if k := object.(interface{ refusal() error }); k.refusal() != nil {
			count, why = count+1, k.refusal()
		}
	}
	return count, why
}

func (k *key) refusal() error { return k.refused }

// GetObjectMeta lets client-go read the key.
func (k *key) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: k.namespace, Name: k.name, ResourceVersion: k.version}
}

// GetObjectKind and DeepCopyObject make key a runtime.Object. A key never changes, so a copy may share all of it.
func (k *key) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (k *key) DeepCopyObject() runtime.Object   { return k }

// item is a pod on its way into the podStore.
type item struct {
	key
	pod Pod // the zero Pod if it was refused
}

// DeepCopyObject returns the item itself, which never changes.
func (i *item) DeepCopyObject() runtime.Object { return i }

// serviceItem is what the informer keeps of a service.
type serviceItem struct {
	key
	claim    addresses.Claim
	selector string // "app=cart,tier=web"; "" if it selects no pods
}

// DeepCopyObject returns the item itself, which never changes.
func (i *serviceItem) DeepCopyObject() runtime.Object { return i }

// toItem is the transform of the informers. It accepts items, because client-go may transform an object twice.
func toItem(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Namespace:
		k := keyOf(&o.ObjectMeta, rules.CheckNamespace(o))
		return &k, nil
	case *corev1.Service:
		if err := rules.CheckService(o); err != nil {
			return &serviceItem{key: keyOf(&o.ObjectMeta, err)}, nil
		}
		return &serviceItem{keyOf(&o.ObjectMeta, nil), serviceClaim(o), labels.Set(o.Spec.Selector).String()}, nil
	case *key, *serviceItem, cache.DeletedFinalStateUnknown:
		return o, nil
	default:
		return nil, fmt.Errorf("an unexpected %T from the API", object)
	}
}
