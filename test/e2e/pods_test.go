//go:build e2e

package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/fennec-project/podtracer/internal/eventually"
)

func TestAToolRunsInAPodOfTwoContainers(t *testing.T) {
	t.Parallel()
	leastPrivilege.in(t, "shop/two", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/two"))
}

func TestAToolRunsInAPodWhoseInitContainerIsAllThatRuns(t *testing.T) {
	t.Parallel()
	create(t, workload("starting", func(p *corev1.Pod) {
		init := *p.Spec.Containers[0].DeepCopy()
		init.Name = "init"
		p.Spec.InitContainers = []corev1.Container{init} // the container sleeps, so it never ends
	}))
	kubectl(t, "wait", "-n", namespace, "pod/starting", "--for=jsonpath={.status.initContainerStatuses[0].started}=true", "--timeout=60s")
	leastPrivilege.in(t, namespace+"/starting", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, namespace+"/starting"))
	c := leastPrivilege.openConsole(t, 80, 24, "-n", namespace)
	c.chooses(namespace + "/starting")
	c.shows("Init:0/1")
	c.press("Enter")
	c.shows("run in " + namespace + "/starting")
	c.press("Escape", "q")
	c.ends(0)
}

// When all containers of a pod crash, the sandbox with its network lives on.
func TestAToolRunsInAPodThatCrashesAgainAndAgain(t *testing.T) {
	t.Parallel()
	create(t, workload("crashing", runs("exit 1")))
	kubectl(t, "wait", "-n", namespace, "pod/crashing", "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=CrashLoopBackOff", "--timeout=60s")
	leastPrivilege.in(t, namespace+"/crashing", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, namespace+"/crashing"))
}

func TestDebugPodsThatReachTheNodeByOtherWaysWorkToo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*corev1.Pod){
		"the node's /proc mounted at /host/proc, no hostPID": func(p *corev1.Pod) {
			p.Spec.HostPID = false
			mountNode(p, "/proc", "/host/proc", corev1.MountPropagationNone)
		},
		"the node's /run mounted, no hostPID": func(p *corev1.Pod) {
			p.Spec.HostPID = false
			mountNode(p, "/run", "/run", corev1.MountPropagationHostToContainer)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDebugPod(t, "way-"+itoa(len(name)), change)
			d.in(t, "shop/client", "ip", "-br", "address").succeeds(t).prints(t, podIP(t, "shop/client"))
			d.in(t, "shop/client", "tcpdump", "-i", "eth0", "-n", "-c", "3", "port 80").succeeds(t).prints(t, "10.96.0.80.80")
		})
	}
}

func TestTheRuntimesSocketCanBeNamed(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"/proc/1/root/run/containerd/containerd.sock", "unix:///proc/1/root/run/containerd/containerd.sock"} {
		leastPrivilege.run(t, "--runtime-endpoint", endpoint, "--pod", "client", "-n", "shop", "--", "ip", "-br", "address").
			succeeds(t).prints(t, podIP(t, "shop/client"))
	}
}

func mountNode(p *corev1.Pod, from, to string, propagation corev1.MountPropagationMode) {
	p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{
		Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: from}},
	})
	c := &p.Spec.Containers[0]
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "node", MountPath: to, MountPropagation: &propagation})
}

// This test runs alone: the pods of other tests come with mounts and devices of their own.
func TestARunLeavesTheNamespacesOfTheNodeAndOfTheDebugPodAsTheyWere(t *testing.T) {
	sleeper := onNode(t, 1, "sh", "-c", "grep -ls "+leastPrivilege.uid(t)+" /proc/[0-9]*/cgroup | cut -d/ -f3 | while read p; do grep -qs infinity /proc/$p/cmdline && echo $p; done")
	look := func() string {
		return onNode(t, 1, "sh", "-c", "for p in 1 "+sleeper+"; do cat /proc/$p/mountinfo; readlink /proc/$p/ns/*; done; ip -br link; lsns -n -o NS -t net | sort")
	}
	before := look()
	eventually.Nil(t, glance, func() error { // remains of earlier pods are still being cleared away
		last := before
		time.Sleep(time.Second)
		before = look()
		if changed := difference(last, before); changed != "" {
			return errors.New(changed)
		}
		return nil
	})
	c := leastPrivilege.openConsole(t, 80, 24)
	c.starts("shop/client", "tcpdump", "-i eth0 -n")
	c.shows(traffic)
	mounts, _, _ := strings.Cut(before, "net:[")
	if during, _, _ := strings.Cut(look(), "net:["); during != mounts {
		t.Errorf("mounts changed during a run:\n%s", difference(mounts, during))
	}
	ours := strings.Fields(onNode(t, 1, "sh", "-c", "readlink /proc/"+sleeper+"/ns/net"))[0]
	threads := onNode(t, 1, "sh", "-c", "for p in $(pgrep -x podtracer); do readlink /proc/$p/task/*/ns/net; done | sort | uniq -c")
	if lines := strings.Split(threads, "\n"); len(lines) != 1 || !strings.Contains(threads, ours) {
		t.Errorf("threads of podtracer are in %s, the debug pod in %s", threads, ours)
	}
	c.press("q", "y")
	c.ends(0)
	leastPrivilege.in(t, "shop/client", "true").succeeds(t)
	if after := look(); after != before {
		t.Errorf("something has changed:\n%s", difference(before, after))
	}
}

// difference returns the lines that only one of two texts has.
func difference(before, after string) string {
	var b strings.Builder
	for line := range strings.Lines(before) {
		if !strings.Contains(after, line) {
			b.WriteString("- " + line)
		}
	}
	for line := range strings.Lines(after) {
		if !strings.Contains(before, line) {
			b.WriteString("+ " + line)
		}
	}
	return b.String()
}
