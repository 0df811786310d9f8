package grant

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestARightIsGivenByCommandsThatNameWhoWasRefusedIt(t *testing.T) {
	for _, c := range []struct{ who, words, namespace, want string }{
		{
			"system:serviceaccount:podtracer:narrow", "list and watch pods", "shop",
			"kubectl create role podtracer-list-watch-pods-podtracer-narrow -n shop --verb=list,watch --resource=pods && kubectl create rolebinding " +
				"podtracer-list-watch-pods-podtracer-narrow -n shop --role=podtracer-list-watch-pods-podtracer-narrow --serviceaccount=podtracer:narrow",
		},
		{
			"Jane@example.com", "get pods/exec", "",
			"kubectl create clusterrole podtracer-get-pods-exec-jane-example-com --verb=get --resource=pods/exec && kubectl create clusterrolebinding " +
				"podtracer-get-pods-exec-jane-example-com --clusterrole=podtracer-get-pods-exec-jane-example-com --user=Jane@example.com",
		},
		{
			"o'hara $(id)", "list services", "",
			"kubectl create clusterrole podtracer-list-services-o-hara---id --verb=list --resource=services && kubectl create clusterrolebinding " +
				"podtracer-list-services-o-hara---id --clusterrole=podtracer-list-services-o-hara---id --user='o'\\''hara $(id)'",
		},
	} {
		refusal := fmt.Errorf("list: %w", apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "",
			fmt.Errorf("User %q cannot list resource \"pods\" in API group \"\" at the cluster scope", c.who)))
		if got := Read(c.words, c.namespace).Commands(Who(refusal)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestAUserWhomNobodyNamesIsLeftToBeFilledIn(t *testing.T) {
	for _, err := range []error{errors.New("User \"x\""), apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no"))} {
		if got := Who(err); got != "USER" {
			t.Errorf("%v: %q", err, got)
		}
	}
}
