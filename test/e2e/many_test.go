//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// crowded makes a deployment whose pods are spread over both nodes and ping themselves.
func crowded(t *testing.T, name string, replicas int32) {
	t.Helper()
	of := &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
	grace := int64(1)
	create(t, &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: of, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: of.MatchLabels},
			Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: &grace,
				TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
					MaxSkew: 1, TopologyKey: "kubernetes.io/hostname", WhenUnsatisfiable: corev1.DoNotSchedule, LabelSelector: of,
				}},
				Containers: []corev1.Container{{
					Name: "c", Image: "localhost/workload:test", ImagePullPolicy: corev1.PullNever,
					Command: []string{"sh", "-c", "while true; do ping -c 1 127.0.0.1 >/dev/null; sleep 0.5; done"},
				}},
			},
		}},
	})
	kubectl(t, "rollout", "status", "-n", namespace, "deployment/"+name, "--timeout=60s")
}

// podsOf are the names of the pods of a deployment, sorted.
func podsOf(t *testing.T, name string) []string {
	t.Helper()
	return strings.Fields(kubectl(t, "get", "pods", "-n", namespace, "-l", "app="+name, "-o", "jsonpath={.items[*].metadata.name}"))
}

// runMany runs a tool in many pods.
func (l *laptop) runMany(ctx context.Context, args ...string) *exec.Cmd {
	return l.podtracer(ctx, append([]string{
		"run", "--helper-image", helperImage, "--helper-pull-policy", "Never", "--helper-label", "e2e=" + l.label, "-n", namespace,
	}, args...)...)
}

func (l *laptop) many(args ...string) result {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	return l.ended(ctx, l.runMany(ctx, args...))
}

// labelled are the lines of an output by the pod that their label names. A line without one is an error.
func labelled(t *testing.T, output string) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	for line := range strings.Lines(output) {
		pod, text, ok := strings.Cut(strings.TrimPrefix(line, "[pod/"), "] ")
		if !ok || !strings.HasPrefix(line, "[pod/") {
			t.Errorf("a line without a label: %q", line)
			continue
		}
		lines[pod] = append(lines[pod], strings.TrimSuffix(text, "\n"))
	}
	return lines
}

func TestAToolRunsInTwelvePodsOnBothNodes(t *testing.T) {
	t.Parallel()
	const pods = 12
	crowded(t, "crowd", pods)
	l := newLaptop(t, "many", apiServer(t))
	names := podsOf(t, "crowd")

	r := l.many("--pod", "deployment/crowd", "--", "sh", "-c", "ip -br -4 addr show eth0; echo beside >&2").succeeds(t)
	lines := labelled(t, r.stdout)
	for _, name := range names {
		if ip := podIP(t, namespace+"/"+name); len(lines[name]) != 1 || !strings.Contains(lines[name][0], ip+"/") {
			t.Errorf("%s with %s: %q", name, ip, lines[name])
		}
		r.says(t, "["+"pod/"+name+"] beside")
	}
	if len(lines) != pods {
		t.Errorf("%d pods", len(lines))
	}

	// The text of packets is in the order of their times, across the nodes.
	r = l.many("-l", "app=crowd", "-t", "6s", "--", "tcpdump", "-n", "-tt", "-i", "lo", "icmp").succeeds(t)
	var times []string
	for _, found := range regexp.MustCompile(`(?m)^\[pod/crowd-[^]]+\] (\d+\.\d{6}) `).FindAllStringSubmatch(r.stdout, -1) {
		times = append(times, found[1])
	}
	late := 0 // a line that comes too late stands behind later ones
	for i := 1; i < len(times); i++ {
		if times[i] < times[i-1] {
			late++
		}
	}
	if len(times) < 2*pods || late > len(times)/10 || len(labelled(t, r.stdout)) != pods {
		t.Errorf("%d lines of %d pods, %d not in order", len(times), len(labelled(t, r.stdout)), late)
	}

	// One capture of all, which libpcap reads.
	r = l.many("-l", "app=crowd", "-t", "6s", "-f", "all.pcapng", "--report", "all.json", "--", "tcpdump", "-n", "-i", "lo", "icmp").succeeds(t)
	r.says(t, fmt.Sprintf("of %d pods, complete, to all.pcapng", pods))
	file := filepath.Join(l.dir, "all.pcapng")
	command(t, "tcpdump", "-n", "-r", file).succeeds(t).prints(t, "ICMP echo request")
	interfaces := strings.Fields(tshark(t, file, "-T", "fields", "-e", "frame.interface_name").succeeds(t).stdout)
	slices.Sort(interfaces)
	if interfaces = slices.Compact(interfaces); len(interfaces) != pods {
		t.Errorf("packets of %q", interfaces)
	}

	// A file for each, and none is replaced.
	l.many("-l", "app=crowd", "--max-packets", "4", "--each", "-f", "each.pcapng", "--", "tcpdump", "-n", "-i", "lo", "icmp").succeeds(t)
	for _, name := range names {
		file := filepath.Join(l.dir, "each_"+namespace+"_"+name+".pcapng")
		if counted := command(t, "tcpdump", "-n", "--count", "-r", file).succeeds(t); !strings.Contains(counted.stdout, "4 packets") {
			t.Errorf("%s: %s", file, counted)
		}
	}
	l.many("-l", "app=crowd", "--each", "-f", "each.pcapng", "--", "sh", "-c", "echo it ran >&2").refuses(t, "each_"+namespace+"_"+names[0]+".pcapng", "already exists")

	// No more than meant; and by the rights of somebody who may do nothing, what is missing.
	l.many("-l", "app=crowd", "--max-pods", "11", "--", "true").refuses(t, "12 pods match, and --max-pods allows 11", "--max-pods 12")
	nobody := "system:serviceaccount:" + namespace + ":default"
	l.many("--as", nobody, "--pod", "deployment/crowd", "--", "true").refuses(t, "not allowed to get deployments in namespace "+namespace, "with -l")
	l.many("--as", nobody, "-l", "app=crowd", "--", "true").refuses(t, "not allowed to list pods in namespace "+namespace)
	noHelperOf(t, l.label)
}

func TestPodsJoinAndLeaveARunInManyPods(t *testing.T) {
	t.Parallel()
	crowded(t, "tide", 2)
	l := newLaptop(t, "tide", apiServer(t))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := l.runMany(ctx, "--pod", "deploy/tide", "-f", "tide.pcapng", "--", "tcpdump", "-n", "-i", "lo", "icmp")
	said := &watchedText{}
	c.Stderr = said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	listening := func(pod string) func() bool {
		return func() bool {
			return strings.Contains(said.text(), "[pod/"+pod+"] listening on lo") || strings.Contains(said.text(), "[pod/"+pod+"] tcpdump: listening on lo")
		}
	}
	first := podsOf(t, "tide")
	for _, pod := range first {
		until(t, patience, "tcpdump in "+pod, listening(pod))
	}
	kubectl(t, "scale", "-n", namespace, "deployment/tide", "--replicas=3")
	kubectl(t, "rollout", "status", "-n", namespace, "deployment/tide", "--timeout=60s")
	for _, pod := range podsOf(t, "tide") {
		until(t, patience, "tcpdump in "+pod, listening(pod))
		if joins := strings.Contains(said.text(), namespace+"/"+pod+" joins"); joins == slices.Contains(first, pod) {
			t.Errorf("%s joins: %v", pod, joins)
		}
	}
	kubectl(t, "label", "pod", "-n", namespace, first[1], "app=quarantine", "--overwrite") // it stays; another one comes in its place
	kubectl(t, "delete", "pod", "-n", namespace, first[0], "--wait=false")
	until(t, patience, "the run of "+first[0]+" to end", func() bool {
		return strings.Contains(said.text(), "podtracer: "+namespace+"/"+first[0]+": the pod is gone")
	})
	_ = c.Process.Signal(syscall.SIGINT)
	if err := c.Wait(); err != nil {
		t.Errorf("%v: %s", err, said.text())
	}
	text := said.text()
	if !strings.Contains(text, "podtracer: "+namespace+"/"+first[1]+": stopped; complete: ") || !strings.Contains(text, "complete, to tide.pcapng") {
		t.Errorf("it said:\n%s", text)
	}
	shown := tshark(t, filepath.Join(l.dir, "tide.pcapng"), "-T", "fields", "-e", "frame.interface_name").succeeds(t).stdout
	for _, pod := range first {
		if !strings.Contains(shown, namespace+"/"+pod) {
			t.Errorf("no packet of %s in %q", pod, shown)
		}
	}
	noHelperOf(t, l.label)
}

// A podtracer that is killed leaves what each pod has written.
func TestWhatARunInManyPodsHadCapturedIsKeptWhenPodtracerIsKilled(t *testing.T) {
	t.Parallel()
	crowded(t, "killed", 4)
	l := newLaptop(t, "manykilled", apiServer(t))
	t.Cleanup(func() { // a podtracer that is killed cannot
		_ = exec.Command("kubectl", "delete", "pod", "-n", debugNamespace, "-l", "e2e="+l.label, "--wait=false").Run()
	})
	c := l.runMany(t.Context(), "--helper-idle", "3s", "-l", "app=killed", "-f", "x.pcapng", "--", "tcpdump", "-n", "-i", "lo", "icmp")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, patience, "packets of all pods", func() bool { return l.captures() == 4 })
	_ = c.Process.Signal(syscall.SIGKILL)
	_ = c.Wait() // it was killed
	left := l.ended(t.Context(), l.podtracer(t.Context(), "runs")).succeeds(t)
	for _, pod := range podsOf(t, "killed") {
		left.prints(t, namespace+"/"+pod)
	}
}

// captures is how many spools there have packets.
func (l *laptop) captures() (count int) {
	const fileHeader = 24
	spools, _ := filepath.Glob(filepath.Join(l.dir, ".local/state/podtracer/sessions/*/*.spool"))
	for _, spool := range spools {
		if info, err := os.Stat(spool); err == nil && info.Size() > fileHeader {
			count++
		}
	}
	return count
}

// watchedText is what a program says, readable while it goes on.
type watchedText struct {
	mu   sync.Mutex
	said strings.Builder
}

func (w *watchedText) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.Write(p)
}

func (w *watchedText) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.String()
}
