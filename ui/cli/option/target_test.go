package option

import (
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
)

func TestWhatPodNamesIsReadInEachWayPeopleWriteIt(t *testing.T) {
	for _, c := range []struct {
		text, given string
		want        Target
	}{
		{"cart-0", "", Target{"", "pod", "cart-0"}},
		{"cart-0", "shop", Target{"shop", "pod", "cart-0"}},
		{"shop/cart-0", "", Target{"shop", "pod", "cart-0"}},
		{"shop/cart-0", "shop", Target{"shop", "pod", "cart-0"}},
		{"pod/cart-0", "", Target{"", "pod", "cart-0"}},
		{"pods/cart-0", "shop", Target{"shop", "pod", "cart-0"}},
		{"po/cart-0", "", Target{"", "pod", "cart-0"}},
		{"pod/shop/cart-0", "", Target{"shop", "pod", "cart-0"}},
		{"shop/pod/cart-0", "", Target{"shop", "pod", "cart-0"}},
		{"svc/web", "", Target{"", "service", "web"}},
		{"service/web", "shop", Target{"shop", "service", "web"}},
		{"services/web", "", Target{"", "service", "web"}},
		{"service.v1/web", "", Target{"", "service", "web"}},
		{"deployment/web", "", Target{"", "deployment", "web"}},
		{"deployments/web", "", Target{"", "deployment", "web"}},
		{"deploy/web", "", Target{"", "deployment", "web"}},
		{"Deployment/web", "", Target{"", "deployment", "web"}},
		{"deployment.apps/web", "", Target{"", "deployment", "web"}},
		{"deployments.v1.apps/web", "", Target{"", "deployment", "web"}},
		{"sts/db", "", Target{"", "statefulset", "db"}},
		{"statefulset.apps/db", "", Target{"", "statefulset", "db"}},
		{"ds/agent", "", Target{"", "daemonset", "agent"}},
		{"rs/web-5f7d9c", "", Target{"", "replicaset", "web-5f7d9c"}},
		{"job/migrate", "", Target{"", "job", "migrate"}},
		{"jobs.batch/migrate", "", Target{"", "job", "migrate"}},
		{"shop/deployment/web", "", Target{"shop", "deployment", "web"}},
		{"shop/svc/web", "shop", Target{"shop", "service", "web"}},
		{"deployment/shop/web", "", Target{"shop", "deployment", "web"}},
		{"svc/pod/web", "", Target{"svc", "pod", "web"}},               // a namespace called svc
		{"web", "svc", Target{"svc", "pod", "web"}},                    // the same, as a pod is named there
		{"svc", "", Target{"", "pod", "svc"}},                          // a pod called svc
		{"deployment/svc", "", Target{"", "deployment", "svc"}},        // a deployment called svc
		{"shop/web.example", "", Target{"shop", "pod", "web.example"}}, // names of pods may have dots
	} {
		got, err := ReadTarget(c.text, c.given)
		if err != nil || got != c.want {
			t.Errorf("%s with -n %q: %+v, %v, want %+v", c.text, c.given, got, err, c.want)
		}
	}
}

func TestATargetIsWrittenAsItCanBeRead(t *testing.T) {
	for _, text := range []string{"cart-0", "shop/cart-0", "deployment/web", "shop/service/web"} {
		target, err := ReadTarget(text, "")
		if err != nil || target.String() != text {
			t.Errorf("%s: %s, %v", text, target, err)
		}
	}
}

func TestWhatCannotBeATargetIsRefusedWithAHint(t *testing.T) {
	for _, c := range []struct{ text, given, says string }{
		{"", "", "not the name of a pod"},
		{"/", "", "not the name of a pod"},
		{"pod/", "", "not the name of a pod"},
		{"a/b/c", "", "not the name of a pod"},
		{"shop/deployment/web/0", "", "not the name of a pod"},
		{"shop/cart-0", "web", "is in namespace shop, and -n says web"},
		{"shop/svc/cart", "web", "is in namespace shop, and -n says web"},
		{"node/node1", "", "does not look for the pods of a node"},
		{"cj/nightly", "", "does not look for the pods of a cj"},
		{"shop/cm/settings", "", "does not look for the pods of a cm"},
		{"deployment.example.com/web", "", "does not look for the pods of a deployment.example.com"},
		{"widgets.example.com/web", "", "does not look for the pods of a widgets.example.com"},
	} {
		_, err := ReadTarget(c.text, c.given)
		if err == nil || !strings.Contains(err.Error(), c.says) || hint.Of(err) == "" {
			t.Errorf("%s with -n %q: %v (hint: %s)", c.text, c.given, err, hint.Of(err))
		}
	}
}
