package k8s

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s/helper"
)

// rightsOf answers like an API that grants anna these rights, with helpers that are installed or not.
func rightsOf(installed bool, granted ...string) http.HandlerFunc {
	answer := func(w http.ResponseWriter, code int, object any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(object) // the client notices
	}
	return func(w http.ResponseWriter, r *http.Request) {
		verb, what := map[string]string{http.MethodPost: "create", http.MethodGet: "list"}[r.Method], "pods"
		switch {
		case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
			body, _ := io.ReadAll(r.Body)
			var review authorizationv1.SelfSubjectAccessReview
			if _, _, err := serializer.NewCodecFactory(newScheme()).UniversalDeserializer().Decode(body, nil, &review); err != nil {
				panic(err)
			}
			of := review.Spec.ResourceAttributes
			review.TypeMeta = metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}
			review.Status.Allowed = slices.Contains(granted, strings.TrimSuffix(of.Verb+" "+of.Resource+"/"+of.Subresource, "/"))
			answer(w, http.StatusCreated, &review)
			return
		case strings.HasSuffix(r.URL.Path, "/exec"):
			what = "pods/exec"
		}
		if verb != "list" && !slices.Contains(granted, verb+" "+what) {
			refused := apierrors.NewForbidden(schema.GroupResource{Resource: what}, "", errors.New(`User "anna" cannot `+verb+" "+what))
			status := refused.Status()
			status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
			answer(w, http.StatusForbidden, &status)
			return
		}
		isController := true
		list := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}}
		if installed {
			list.Items = []corev1.Pod{{
				ObjectMeta: metav1.ObjectMeta{
					Name: "h", Namespace: "podtracer", UID: "uid-h", Labels: map[string]string{"app.kubernetes.io/name": "podtracer", "app.kubernetes.io/component": "installed-helper"},
					OwnerReferences: []metav1.OwnerReference{{Kind: "DaemonSet", Name: "podtracer", UID: "uid-d", APIVersion: "apps/v1", Controller: &isController}},
				},
				Spec: corev1.PodSpec{NodeName: "node1", Containers: []corev1.Container{{Name: helper.Container}}},
			}}
		}
		answer(w, http.StatusOK, list)
	}
}

func TestTheRightThatIsMissingForHelpersIsNamedWithWhoLacksIt(t *testing.T) {
	all := []string{"create pods", "delete pods", "get pods", "create pods/exec"}
	without := func(right string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == right })
	}
	for name, c := range map[string]struct {
		installed bool
		granted   []string
		want      string // "": none is missing
	}{
		"all, and none to get pods/exec": {false, all, ""},
		"not to make them":               {false, without("create pods"), "create pods"},
		"not to use them":                {false, without("create pods/exec"), "create pods/exec"},
		"nor one nor the other":          {false, []string{"get pods"}, "create pods"},
		"installed, not to make them":    {true, without("create pods"), ""},
		"installed, not to use them":     {true, []string{"get pods"}, "create pods/exec"},
	} {
		h := server(t, rightsOf(c.installed, c.granted...)).Helpers(t.Context(), helper.Options{Namespace: "podtracer"})
		err := h.Check(t.Context())
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "not allowed to "+c.want+" in namespace podtracer") || !strings.Contains(hint.Of(err), "--user=anna") {
			t.Errorf("%s: %v, hint %q", name, err, hint.Of(err))
		}
	}
}
