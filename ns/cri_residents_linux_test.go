package ns

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// residents asks a runtime that plays a recording.
func residents(t *testing.T, r *fakeRuntime) *Residents {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "cri.sock")
	r.listen(t, socket)
	c := NewCRI(socket, "")
	c.sockets = nil
	return NewResidents(c)
}

func listed(t *testing.T, r *Residents) []Resident {
	t.Helper()
	all, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThePodsOfEachRuntimeAreListedWithAddressesAndWhoseNetworkTheyUse(t *testing.T) {
	for name, suffix := range map[string]string{"containerd-1.6.20": "-1", "containerd-2.4.2": "-4", "cri-o-1.37.0": "-3"} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range listed(t, residents(t, &fakeRuntime{recording: readRecording(t, name)})) {
				if !p.Ready || !strings.HasSuffix(p.Name, suffix) { // one sandbox of CRI-O has stopped
					continue
				}
				network := "node"
				if !p.HostNetwork { // each node has given its own addresses
					network = strings.Join(p.IPs, ",")[:len("10.244.")]
				}
				got = append(got, strings.TrimSuffix(p.Name, suffix)+" "+p.Namespace+" "+network+" app="+p.Labels["app"])
				if p.UID == "" || p.StaticHash != "" || p.Created.IsZero() || len(p.Labels) != 1 {
					t.Errorf("%+v", p)
				}
			}
			want := []string{
				"crashing bars 10.244. app=crashing", "hostnet bars node app=hostnet", "init-only bars 10.244. app=initonly", "plain bars 10.244. app=plain",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOfAPodWithSeveralSandboxesTheNewestThatIsReadyCounts(t *testing.T) {
	r := readRecording(t, "containerd-1.6.20")
	plain := r.sandbox(t, "plain")
	dead := recordedSandbox{
		Sandbox: &runtimeapi.PodSandbox{
			Id: strings.Repeat("d", 64), Metadata: plain.Sandbox.Metadata, Labels: plain.Sandbox.Labels,
			State: runtimeapi.PodSandboxState_SANDBOX_NOTREADY, CreatedAt: plain.Sandbox.CreatedAt + 1,
		},
		Status: plain.Status,
	}
	r.Sandboxes = append(r.Sandboxes, dead)
	all := listed(t, residents(t, &fakeRuntime{recording: r}))
	i := slices.IndexFunc(all, func(p Resident) bool { return strings.HasPrefix(p.Name, "plain") })
	if len(all) != len(r.Sandboxes)-1 || !all[i].Ready {
		t.Errorf("%+v", all)
	}
}

func TestASandboxThatIsNotTheKubeletsIsNoPodAndAStaticPodHasItsHash(t *testing.T) {
	r := readRecording(t, "containerd-1.6.20")
	r.Sandboxes[0].Sandbox.Labels = nil
	static := r.Sandboxes[1].Sandbox
	static.Annotations = map[string]string{"kubernetes.io/config.source": "file"}
	all := listed(t, residents(t, &fakeRuntime{recording: r}))
	i := slices.IndexFunc(all, func(p Resident) bool { return p.Name == static.Metadata.Name })
	if len(all) != len(r.Sandboxes)-1 || all[i].StaticHash != all[i].UID {
		t.Errorf("%+v", all)
	}
}

func TestWhatDoesNotChangeIsAskedOnlyOnce(t *testing.T) {
	f := &fakeRuntime{recording: readRecording(t, "containerd-1.6.20")}
	r := residents(t, f)
	first := listed(t, r)
	asked := len(f.called)
	if diff := cmp.Diff(first, listed(t, r)); diff != "" {
		t.Error(diff)
	}
	if again := f.called[asked:]; !slices.Equal(again, []string{"ListPodSandbox", "ListContainers"}) {
		t.Errorf("asked %v", again)
	}
	f.Sandboxes = f.Sandboxes[:1]
	if listed(t, r); len(r.networks) != 1 {
		t.Errorf("%d sandboxes are still known", len(r.networks))
	}
}

func TestWithoutARuntimeTheListSaysWhereItLooked(t *testing.T) {
	c := NewCRI(filepath.Join(t.TempDir(), "none.sock"), "")
	c.sockets = nil
	if _, err := NewResidents(c).List(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "none.sock") {
		t.Error(err)
	}
}

// Docker's containerd beside a CRI-O that the kubelet uses answers, too, and has no pod.
func TestThePodsOfEveryRuntimeThatAnswersAreListed(t *testing.T) {
	dir := t.TempDir()
	idle, used := filepath.Join(dir, "containerd.sock"), filepath.Join(dir, "crio.sock")
	recorded := readRecording(t, "cri-o-1.37.0")
	(&fakeRuntime{recording: recording{Version: recorded.Version}}).listen(t, idle)
	(&fakeRuntime{recording: recorded}).listen(t, used)
	c := NewCRI("", "")
	c.sockets = []string{idle, filepath.Join(dir, "none.sock"), used, used}
	r := NewResidents(c)
	first := listed(t, r)
	if len(first) != len(newest(sandboxesOf(recorded))) {
		t.Errorf("%d pods", len(first))
	}
	if err := os.Remove(used); err != nil {
		t.Fatal(err)
	}
	if all, err := r.List(t.Context()); err == nil {
		t.Errorf("while the runtime does not answer, it has %d pods", len(all))
	}
}

func sandboxesOf(r recording) (all []*runtimeapi.PodSandbox) {
	for _, s := range r.Sandboxes {
		all = append(all, s.Sandbox)
	}
	return all
}
