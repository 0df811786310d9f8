package helper

import (
	"errors"
	"strings"
	"testing"
)

// A person who is refused something is told what was refused, and the command that helps, not one about rights that they have.
func TestWhatIsWrongWithAHelperIsToldWithTheCommandThatHelps(t *testing.T) {
	o := Options{Namespace: "debug", ServiceAccount: "nope"}
	for refusal, want := range map[string]string{
		`pods "h" is forbidden: no PriorityClass with name nope was found`:                                             "kubectl get priorityclass",
		`pods "h" is forbidden: error looking up service account debug/nope: serviceaccount "nope" not found`:          "kubectl create serviceaccount -n debug nope",
		`pods "h" is forbidden: ValidatingAdmissionPolicy 'no-root.example.com' with binding 'all' denied request: no`: "the owner of no-root.example.com can except namespace debug",
		`admission webhook "validate.kyverno.svc-fail" denied the request: no`:                                         "the owner of validate.kyverno.svc-fail can except namespace debug",
		`Internal error occurred: failed calling webhook "validate.example.com": context deadline exceeded`:            "or does not answer",
	} {
		if got := o.Refused(errors.New(refusal)); !strings.Contains(got, want) || strings.Contains(got, "the rights for helpers") {
			t.Errorf("%s\n%s", refusal, got)
		}
	}
	for why, want := range map[string]string{
		"it cannot be started (ErrImageNeverPull: no)": "--helper-pull-policy IfNotPresent",
		"it cannot be started (ImagePullBackOff: no)":  "--helper-pull-secret",
		"it has ended": "among others",
	} {
		if got := o.Hopeless(why, "n"); !strings.Contains(got, want) {
			t.Errorf("%s\n%s", why, got)
		}
	}
}

func TestWhatTheAPIHasSaidOnceIsNotSaidAgainInOtherWords(t *testing.T) {
	const message = `Container image "x" is not present with pull policy of Never`
	var w Waiting
	for _, e := range [][2]string{{"ErrImageNeverPull", message}, {"Failed", "Error: ErrImageNeverPull"}, {"FailedMount", "no volume"}} {
		w.Event(true, e[0], e[1])
	}
	if got := w.Why("it cannot be started (ErrImageNeverPull: " + message + ")"); got != "; FailedMount: no volume" {
		t.Errorf("got %q", got)
	}
}
