//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// What keeps a helper waiting is told while somebody waits for it, and when it is given up.
func TestTheEventsThatExplainAWaitForAHelperAreTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"scheduled": {[]string{"--helper-node-selector", "e2e=nowhere"}, "is not scheduled (Unschedulable: 0/2 nodes are available"},
		"secret":    {[]string{"--helper-image", "localhost:1/nothing:v1", "--helper-pull-policy", "Always", "--helper-pull-secret", "none"}, "FailedToRetrieveImagePullSecret: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLaptop(t, name, apiServer(t))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			run := l.running(ctx, append(c.args, "--", "true")...)
			var said safeText
			run.Stderr = &said
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, patience, "the event", func() bool { return strings.Contains(said.String(), c.want) })
			_ = run.Process.Signal(os.Interrupt) // it may have ended
			_ = run.Wait()                       // its status is no matter here
			t.Log(said.String())
			noHelperOf(t, l.label)
		})
	}
}

// What is not podtracer's doing: a webhook of the cluster that gives each pod a volume whose secret is not there.
func TestAHelperThatWaitsForAVolumeSaysForWhich(t *testing.T) {
	t.Parallel()
	l := newLaptop(t, "mount", apiServer(t))
	givesAVolume(t, l.label)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	run := l.running(ctx, "--", "true")
	var said safeText
	run.Stderr = &said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { t.Log(said.String()) }()
	until(t, patience, "the event", func() bool {
		return strings.Contains(said.String(), `helper on node2: FailedMount: MountVolume.SetUp failed for volume "given" : secret "no-such-secret" not found`)
	})
	_ = run.Process.Signal(os.Interrupt)
	_ = run.Wait() // its status is no matter here
	noHelperOf(t, l.label)
}

// givesAVolume has a webhook change the helpers with this label.
func givesAVolume(t *testing.T, label string) {
	t.Helper()
	certificate, authority := certify(t)
	plain := listens(t)
	listener := tls.NewListener(plain, &tls.Config{Certificates: []tls.Certificate{certificate}})
	const patch = `[{"op": "add", "path": "/spec/volumes/-", "value": {"name": "given", "secret": {"secretName": "no-such-secret"}}},
		{"op": "add", "path": "/spec/containers/0/volumeMounts/-", "value": {"name": "given", "mountPath": "/given"}}]`
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review struct{ Request struct{ UID string } }
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": map[string]any{
			"uid": review.Request.UID, "allowed": true, "patchType": "JSONPatch", "patch": []byte(patch),
		}})
	})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }() // ends with the server
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	create(t, map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": map[string]any{"name": "e2e-" + mark + "-volume"},
		"webhooks": []any{map[string]any{
			"name": "volume.podtracer.test", "admissionReviewVersions": []string{"v1"}, "sideEffects": "None", "failurePolicy": "Ignore",
			"clientConfig":   map[string]any{"url": "https://" + plain.Addr().String() + "/", "caBundle": []byte(authority)},
			"objectSelector": map[string]any{"matchLabels": map[string]string{"e2e": label}},
			"rules": []any{map[string]any{
				"operations": []string{"CREATE"}, "apiGroups": []string{""}, "apiVersions": []string{"v1"}, "resources": []string{"pods"},
			}},
		}},
	})
}

// safeText may be read while it is written.
type safeText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *safeText) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *safeText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
