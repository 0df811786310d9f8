package k8s

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

const onePage = 500 // objects; what kubectl asks for at a time

// eachPage asks for a list page by page, so that no more than one is held at a time. Of objects that are so large that a page
// of them is refused, it asks for fewer at once.
func eachPage[List metav1.ListInterface](
	ctx context.Context, o metav1.ListOptions, list func(context.Context, metav1.ListOptions) (List, error), take func(List) error,
) error {
	for o.Limit = onePage; ; {
		page, err := list(ctx, o)
		if errors.Is(err, errTooLarge) && o.Limit > 1 {
			o.Limit = max(1, o.Limit/8)
			continue
		}
		if err != nil {
			return err
		}
		if err := take(page); err != nil {
			return err
		}
		if o.Continue = page.GetContinue(); o.Continue == "" {
			return nil
		}
		o.ResourceVersion = "" // the mark has it
	}
}

// smallList is a list of the API, with small items of ours in place of its objects.
type smallList struct {
	metav1.ListMeta
	Items []runtime.Object
}

// GetObjectKind and DeepCopyObject make it a runtime.Object. Its items never change.
func (l *smallList) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }
func (l *smallList) DeepCopyObject() runtime.Object {
	return &smallList{ListMeta: l.ListMeta, Items: l.Items}
}

// source is where the objects of one kind come from, all of them or those of a field selector; lists are made small as they
// are read. From its memory the API answers in one piece, however much that is: all objects are not asked for like that.
func source[List interface {
	runtime.Object
	metav1.ListInterface
}](client interface {
	List(ctx context.Context, o metav1.ListOptions) (List, error)
	Watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error)
}, selector string, small cache.TransformFunc) *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.FieldSelector = selector
			if selector == "" {
				o.ResourceVersion, o.ResourceVersionMatch = "", ""
			}
			all := &smallList{}
			err := eachPage(ctx, o, client.List, func(page List) error {
				all.ResourceVersion = page.GetResourceVersion()
				return meta.EachListItem(page, func(object runtime.Object) error {
					item, err := small(object)
					if err == nil {
						all.Items = append(all.Items, item.(runtime.Object))
					}
					return err
				})
			})
			return all, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector = selector
			return client.Watch(ctx, o)
		},
	}
}
