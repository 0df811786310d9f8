package k8s

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A shell completes nodes also for somebody who may only list pods.
func TestTheNamesOfNodesComeFromTheNodesOrFromThePods(t *testing.T) {
	on := func(name, node string) corev1.Pod {
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"}, Spec: corev1.PodSpec{NodeName: node}}
	}
	for _, may := range []bool{true, false} {
		c := server(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			var answer any = map[string]any{"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": []any{
				map[string]any{"metadata": map[string]any{"name": "node1"}}, map[string]any{"metadata": map[string]any{"name": "node2"}},
				map[string]any{"metadata": map[string]any{"name": "no\x1bde"}},
			}}
			switch {
			case r.URL.Path == "/api/v1/nodes" && !may:
				w.WriteHeader(http.StatusForbidden)
				answer = metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden}
			case r.URL.Path == "/api/v1/pods":
				answer = &corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: []corev1.Pod{on("a", "node2"), on("b", "node1"), on("c", "node2"), on("d", "")}}
			}
			_ = json.NewEncoder(w).Encode(answer) // the client notices
		})
		if names, err := c.NodeNames(t.Context()); err != nil || !slices.Equal(names, []string{"node1", "node2"}) {
			t.Errorf("may list nodes: %v: %q, %v", may, names, err)
		}
	}
}
