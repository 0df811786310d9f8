package memory

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNotAllChangesAreKept(t *testing.T) {
	m := new(API)
	for i := range 3 * KeepChanges {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint("pod-", i%10)}}
		if err := m.Put(t.Context(), "pods", pod); err != nil {
			t.Fatal(err)
		}
	}
	if state, _ := m.state.Get(); len(state.changes) > 2*KeepChanges || len(state.objects) != 10 {
		t.Errorf("%d changes and %d objects are kept", len(state.changes), len(state.objects))
	}
}
