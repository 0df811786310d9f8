//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// report is the part of a report that the tests check.
type report struct {
	Schema  string
	Pod     struct{ Namespace, Name, UID, Node string }
	Argv    []string
	Outcome string
	Exit    struct {
		Status     int
		ToolSignal int
	}
	Counters struct {
		Packets         int
		Bytes           int
		DroppedByKernel *int
		AgedOut         int
	}
	Verdict *struct {
		Complete bool
		Text     string
		Losses   []struct {
			Kind   string
			Count  int
			Since  time.Time
			Detail string
		}
	}
	Files []struct {
		Path    string
		Bytes   int
		Packets int
		SHA256  string
	}
}

// readReport parses a report strictly: it must be one JSON object with nothing after it.
func readReport(t *testing.T, text string) report {
	t.Helper()
	var r report
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("the report is no JSON: %v: %q", err, text)
	}
	if decoder.More() {
		t.Errorf("there is more than one object: %s", text)
	}
	if r.Schema != "podtracer.report/v1" {
		t.Errorf("its schema is %q: %s", r.Schema, text)
	}
	return r
}

// report reads the report that a run wrote in the debug pod.
func (d debugPod) report(t *testing.T, path string) report {
	t.Helper()
	return readReport(t, d.exec(t, "cat", path).succeeds(t).stdout)
}

// job runs podtracer once in a Job with everything that a debug pod has, and returns how its container ended.
func job(t *testing.T, name string, args ...string) corev1.ContainerStateTerminated {
	t.Helper()
	pod := debugPodManifest(t).Spec
	pod.RestartPolicy = corev1.RestartPolicyNever
	pod.Containers[0].Command, pod.Containers[0].Args = nil, args // the image's entry point is podtracer
	retries := int32(0)
	create(t, &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: metav1.ObjectMeta{Name: "e2e-" + mark + "-" + name, Namespace: debugNamespace},
		Spec:       batchv1.JobSpec{BackoffLimit: &retries, Template: corev1.PodTemplateSpec{Spec: pod}},
	})
	var ended *corev1.ContainerStateTerminated
	eventually.Nil(t, time.Minute, func() error {
		var pods corev1.PodList
		text := kubectl(t, "get", "pods", "-n", debugNamespace, "-l", "job-name=e2e-"+mark+"-"+name, "-o", "json")
		if err := json.Unmarshal([]byte(text), &pods); err != nil {
			t.Fatal(err)
		}
		if len(pods.Items) == 0 || len(pods.Items[0].Status.ContainerStatuses) == 0 {
			return errors.New("the Job has no container")
		}
		if ended = pods.Items[0].Status.ContainerStatuses[0].State.Terminated; ended == nil {
			return errors.New("the Job's container has not ended")
		}
		return nil
	})
	return *ended
}

func TestTheVerdictOfACaptureInAJobStandsInThePodsStatus(t *testing.T) {
	t.Parallel()
	ended := job(t, "job", "run", "--pod", "client", "-n", "shop", "-t", "5s", "-f", "/tmp/x.pcapng", "--report", "/dev/termination-log",
		"--", "tcpdump", "-i", "eth0", quiet)
	r := readReport(t, ended.Message)
	if ended.ExitCode != 0 || r.Exit.Status != 0 {
		t.Errorf("the container ended with %d, the report says %d", ended.ExitCode, r.Exit.Status)
	}
	if r.Verdict == nil || !r.Verdict.Complete || r.Verdict.Text != "complete" {
		t.Errorf("the verdict is not complete: %s", ended.Message)
	}
	if r.Pod.Name != "client" || r.Pod.Namespace != "shop" || r.Pod.Node != "node1" || r.Argv[0] != "tcpdump" {
		t.Errorf("the report is about another run: %s", ended.Message)
	}
	if len(r.Files) != 1 {
		t.Fatalf("%d files: %s", len(r.Files), ended.Message)
	}
	if f := r.Files[0]; f.Path != "/tmp/x.pcapng" || len(f.SHA256) != 64 || f.Packets < 20 || f.Bytes < 1000 || f.Packets != r.Counters.Packets {
		t.Errorf("the file is %+v, the run's packets %d", f, r.Counters.Packets)
	}
	if d := r.Counters.DroppedByKernel; d == nil || *d != 0 {
		t.Errorf("the report has no drops, or not 0: %s", ended.Message)
	}
}

func TestAJobThatCannotCaptureSaysWhyInThePodsStatus(t *testing.T) {
	t.Parallel()
	ended := job(t, "failing", "run", "--pod", "nobody", "-n", "shop", "-t", "5s", "-f", "/tmp/x.pcapng", "--report", "/dev/termination-log",
		"--", "tcpdump", "-i", "eth0", quiet)
	r := readReport(t, ended.Message)
	if ended.ExitCode != 125 || r.Exit.Status != 125 || r.Outcome != "there is no pod nobody in namespace shop" || r.Verdict != nil {
		t.Errorf("the container ended with %d, and the report is %s", ended.ExitCode, ended.Message)
	}
}
