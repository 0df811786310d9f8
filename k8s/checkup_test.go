package k8s

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/checkup"
)

func TestTheRightsThatAreLookedForAreThoseOfTheManifests(t *testing.T) {
	looked := map[string]bool{}
	for _, r := range rights {
		looked[r.verb+" "+r.resource] = true
	}
	if diff := cmp.Diff(granted(t), looked); diff != "" {
		t.Errorf("-granted +looked for\n%s", diff)
	}
}

func TestAClockThatIsWrongIsTold(t *testing.T) {
	here := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		server time.Time
		took   time.Duration
		state  checkup.State
		found  string
	}{
		{"the same", here, 0, checkup.OK, "within 2 s of the API server's"},
		{"a second", here.Add(-time.Second), 0, checkup.OK, "within 2 s of the API server's"},
		{"a slow answer says little", here.Add(-5 * time.Second), 4 * time.Second, checkup.OK, "within 2 s of the API server's"},
		{"ahead", here.Add(-90*time.Second - time.Second/2), 0, checkup.Warning, "1m30s ahead of the API server's"},
		{"behind", here.Add(time.Hour - time.Second/2), 0, checkup.Warning, "1h0m0s behind the API server's"},
		{"a server without a date", time.Time{}, 0, checkup.OK, "the API server sends no date"},
	} {
		if f := clockFinding(c.server, here, c.took); f.State != c.state || f.Found != c.found {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

// Somebody with few rights reads what is missing on one screen, and copies one command for all of it.
func TestForPeopleWhatIsMissingIsTogetherWithOneCommandForAll(t *testing.T) {
	for name, c := range map[string]struct {
		may, namespace string
		rights, lacks  string
		state          checkup.State
		advice         string
	}{
		"pods only": {
			may:    "pods",
			rights: "in all namespaces: get, list, watch pods",
			lacks: `in all namespaces:
list, watch namespaces: the console shows only the namespaces that have pods
list, watch services: service addresses have no names
get services: --pod svc/NAME finds no pods
list events: the details of a pod have no events
get replicasets: the details of a pod name its ReplicaSet, not its Deployment
get deployments, statefulsets, daemonsets, jobs: --pod KIND/NAME finds no pods of these kinds`,
			state: checkup.Warning,
			advice: "who administers the cluster gives these rights with: kubectl create clusterrole podtracer-read-anna --verb=get,list,watch " +
				"--resource=namespaces,services,events,replicasets,deployments,statefulsets,daemonsets,jobs && kubectl create clusterrolebinding " +
				"podtracer-read-anna --clusterrole=podtracer-read-anna --user=anna\nmanifests/rbac.yaml has all that podtracer reads",
		},
		"nothing but services, in one namespace": {
			may: "services", namespace: "shop",
			rights: "in namespace shop: get, list, watch services",
			lacks: `in namespace shop:
get pods: no pod can be named on the command line
list pods: the console cannot show pods
watch pods: the console's list is not live
list events: the details of a pod have no events
get replicasets: the details of a pod name its ReplicaSet, not its Deployment
get deployments, statefulsets, daemonsets, jobs: --pod KIND/NAME finds no pods of these kinds`,
			state: checkup.Failure,
			advice: "who administers the cluster gives these rights with: kubectl create role podtracer-read-anna -n shop --verb=get,list,watch " +
				"--resource=pods,events,replicasets,deployments,statefulsets,daemonsets,jobs && kubectl create rolebinding " +
				"podtracer-read-anna -n shop --role=podtracer-read-anna --user=anna\nmanifests/rbac.yaml has all that podtracer reads",
		},
	} {
		found := server(t, allowing(c.may)).Checkup(t.Context(), c.namespace, true)
		want := []checkup.Finding{checkup.Good("rights", c.rights), {Subject: "missing rights", State: c.state, Found: c.lacks, Advice: c.advice}}
		if diff := cmp.Diff(want, found[2:]); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if all := server(t, allowing("")).Checkup(t.Context(), "", true)[2:]; len(all) != 1 || all[0].Found !=
		"in all namespaces: get, list, watch pods, services; list, watch namespaces; list events; get replicasets, deployments, statefulsets, daemonsets, jobs" {
		t.Errorf("%+v", all)
	}
}

// allowing answers like an API in which anna may do everything to objects of one kind, or with "" of all.
func allowing(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]any{"gitVersion": "v1.35.0"}
		switch text, _ := io.ReadAll(r.Body); {
		case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews"):
			answer = map[string]any{"status": map[string]any{"userInfo": map[string]any{"username": "anna"}}}
		case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
			answer = map[string]any{
				"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
				"status": map[string]any{"allowed": kind == "" || strings.Contains(string(text), kind)},
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the client notices
	}
}
