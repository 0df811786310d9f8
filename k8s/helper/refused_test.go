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
		"it does not run after 2m0s; it is not scheduled (Unschedulable: 0/2 nodes are available: 1 Insufficient cpu)":         "--helper-priority-class",
		"it does not run after 2m0s; it is not scheduled (Unschedulable: 0/2 nodes are available: 1 Too many pods)":            "node n has no room",
		"it does not run after 2m0s; it is not scheduled (Unschedulable: 0/2 nodes didn't match Pod's node affinity/selector)": "kubectl describe node n",
	} {
		if got := o.Hopeless(why, "n"); !strings.Contains(got, want) {
			t.Errorf("%s\n%s", why, got)
		}
	}
	o.NodeSelector = map[string]string{"disk": "fast"}
	if got := o.Hopeless("it is not scheduled (Unschedulable: 0/2 nodes are available: 1 node(s) didn't match)", "n"); !strings.Contains(got, "--helper-node-selector") {
		t.Error(got)
	}
}

// What has happened again and again is one text with how often, where it began.
func TestTheEventsOfAWaitAreToldOldestFirstAndEachOnce(t *testing.T) {
	pulling, failed, back := Event{false, "Pulling", "pulling x", 2}, Event{true, "Failed", "no such image", 3}, Event{true, "BackOff", "waits for x", 1}
	var w Waiting
	w.Events([]Event{{false, "Scheduled", "to n", 1}, pulling})
	for range 2 { // they are asked for again and again
		w.Events([]Event{pulling, failed, failed, back})
	}
	if got, want := w.Why("late"), "; Pulling: pulling x (2 times); Failed: no such image (6 times); BackOff: waits for x"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestWhatTheAPIHasSaidOnceIsNotSaidAgainInOtherWords(t *testing.T) {
	const message = `Container image "x" is not present with pull policy of Never`
	var w Waiting
	w.Events([]Event{{true, "ErrImageNeverPull", message, 1}, {true, "Failed", "Error: ErrImageNeverPull", 1}, {true, "FailedMount", "no volume", 1}, {true, "Failed", `Failed to pull image "x:1": ` + message, 3}})
	if got := w.Why("it cannot be started (ErrImageNeverPull: " + message + ")"); got != "; FailedMount: no volume" {
		t.Errorf("got %q", got)
	}
}
