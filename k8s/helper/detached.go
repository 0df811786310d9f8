package helper

import (
	"bytes"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Detached is a run that goes on in a helper of its own, without a console.
type Detached struct {
	Order []byte        // what the run is, for `podtracer agent run`: JSON
	About string        // a line for people
	Lasts time.Duration // from its start until the helper ends
	Keeps int64         // bytes of output at most; 0: no limit but the node's disk
}

const detachedAnnotation = "podtracer/detached"

// DetachedPod is a helper for a detached run. Nobody owns it: it outlasts the podtracer that makes it.
func (o Options) DetachedPod(node string, d Detached) *corev1.Pod {
	pod := o.Pod(node)
	pod.OwnerReferences = nil
	pod.Annotations[detachedAnnotation] = d.About
	deadline := int64(d.Lasts.Seconds())
	pod.Spec.ActiveDeadlineSeconds = &deadline
	pod.Spec.Volumes[0].EmptyDir.SizeLimit = d.room()
	c := &pod.Spec.Containers[0]
	c.Command = []string{"sh", "-c", prepare + ` && exec podtracer agent run "$0"`, unexpanded(d.Order)}
	return pod
}

// room is what the volume of the data directory may hold. A pod that goes beyond that is evicted, with all that it keeps; nil: no limit.
func (d Detached) room() *resource.Quantity {
	if d.Keeps == 0 {
		return nil
	}
	room := resource.MustParse(dataRoom)
	room.Add(*resource.NewQuantity(d.Keeps, resource.BinarySI))
	return &room
}

// unexpanded is a JSON text in which Kubernetes finds nothing to expand: it does so with $(NAME) and $$ in commands. JSON has a dollar in
// strings only.
func unexpanded(text []byte) string {
	return string(bytes.ReplaceAll(text, []byte("$"), []byte(`\u0024`)))
}

// IsDetached says whether a helper is there for a detached run.
func IsDetached(pod *corev1.Pod) bool {
	_, detached := pod.Annotations[detachedAnnotation]
	return detached
}
