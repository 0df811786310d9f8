//go:build e2e

package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A namespace in which a helper is refused says why, and the command that is named makes it work.
func TestARefusedHelperIsAllowedByTheCommandThatIsNamed(t *testing.T) {
	t.Parallel()
	hard := func(name corev1.ResourceName, amount string) func(t *testing.T, where string) {
		return func(t *testing.T, where string) {
			create(t, &corev1.ResourceQuota{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ResourceQuota"},
				ObjectMeta: metav1.ObjectMeta{Namespace: where, Name: "small"},
				Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{name: resource.MustParse(amount)}},
			})
			kubectl(t, "wait", "-n", where, "--for=jsonpath={.status.hard}", "quota/small", "--timeout=60s")
		}
	}
	for name, c := range map[string]struct {
		level   string // of Pod Security
		refuse  func(t *testing.T, where string)
		because string
	}{
		"pods":       {"privileged", hard("pods", "0"), "exceeded quota: small, requested: pods=1"},
		"cpu":        {"privileged", hard("requests.cpu", "10m"), "exceeded quota: small, requested: requests.cpu=50m"},
		"limits":     {"privileged", hard("limits.cpu", "8"), "must specify limits.cpu for: podtracer"},
		"restricted": {"restricted", nil, "violates PodSecurity"},
		"baseline":   {"baseline", nil, "violates PodSecurity"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := "refused-" + name + "-" + mark
			create(t, &corev1.Namespace{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
				ObjectMeta: metav1.ObjectMeta{Name: where, Labels: map[string]string{"pod-security.kubernetes.io/enforce": c.level}},
			})
			if c.refuse != nil {
				c.refuse(t, where)
			}
			l := newLaptop(t, "refused-"+name, apiServer(t))
			r := l.run("--helper-namespace", where, "--", "ip", "-br", "addr")
			r.refuses(t, "make a helper on node node2", c.because)
			allow := regexp.MustCompile(`kubectl [^;\n]*?(?:, or|; or)`).FindString(r.stderr)
			allow = strings.TrimSuffix(strings.TrimSuffix(allow, ", or"), "; or")
			if out, err := exec.Command("bash", "-c", allow).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", allow, err, out)
			}
			until(t, patience, "the helper to be allowed", func() bool { // the API notices a new quota or limit a little later
				r = l.run("--helper-namespace", where, "--", "ip", "-br", "addr")
				return r.code == 0
			})
			r.prints(t, podIP(t, "shop/web"))
		})
	}
}
