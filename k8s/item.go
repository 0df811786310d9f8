package k8s

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// key is what the informers need of any object; of a namespace it is all that is kept. metav1.ObjectMeta would be 0.25 KB.
type key struct{ namespace, name, version string }

func keyOf(m metav1.ObjectMeta) key { return key{m.Namespace, m.Name, m.ResourceVersion} }

// GetObjectMeta is how client-go reads the key.
func (k *key) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: k.namespace, Name: k.name, ResourceVersion: k.version}
}

// GetObjectKind and DeepCopyObject make key a runtime.Object. What is kept never changes: a copy may share all of it.
func (k *key) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (k *key) DeepCopyObject() runtime.Object   { return k }

// item is a pod on its way into the podStore.
type item struct {
	key
	pod Pod
}

// DeepCopyObject is key's, of the whole.
func (i *item) DeepCopyObject() runtime.Object { return i }

// serviceItem is what the informer keeps of a service.
type serviceItem struct {
	key
	claim    claim
	selector string // "app=cart,tier=web"; "" if it selects no pods
}

// DeepCopyObject is key's, of the whole.
func (i *serviceItem) DeepCopyObject() runtime.Object { return i }

// toItem is the informers' transform. It may get an item: client-go may transform twice.
func toItem(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Namespace:
		k := keyOf(o.ObjectMeta)
		return &k, nil
	case *corev1.Service:
		return &serviceItem{keyOf(o.ObjectMeta), serviceClaim(o), labels.Set(o.Spec.Selector).String()}, nil
	case *key, *serviceItem, cache.DeletedFinalStateUnknown:
		return o, nil
	default:
		return nil, fmt.Errorf("an unexpected %T from the API", object)
	}
}
