// Package manifests tests what the manifests and the image promise.
package manifests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func debugPods(t *testing.T) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	for _, path := range []string{"manifests/debug-pod.yaml", "manifests/debug-pod-privileged.yaml", "manifests/debug-pod-nonroot.yaml"} {
		var pod corev1.Pod
		if err := yaml.UnmarshalStrict([]byte(read(t, path)), &pod); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		pods = append(pods, pod)
	}
	return pods
}

func TestADebugPodEndsByItselfAndCanWriteOnlyToItsOwnVolumes(t *testing.T) {
	for _, pod := range debugPods(t) {
		spec := pod.Spec
		if spec.ActiveDeadlineSeconds == nil || *spec.ActiveDeadlineSeconds > 24*60*60 {
			t.Errorf("%s: the pod may live for %v", pod.Name, spec.ActiveDeadlineSeconds)
		}
		if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks {
			t.Errorf("%s: services of others choose names of its variables", pod.Name)
		}
		for _, volume := range spec.Volumes {
			if volume.EmptyDir == nil || volume.EmptyDir.SizeLimit == nil {
				t.Errorf("%s: the volume %s is not its own, or has no limit", pod.Name, volume.Name)
			}
		}
		for _, c := range append(spec.InitContainers, spec.Containers...) {
			if only := c.SecurityContext.ReadOnlyRootFilesystem; only == nil || !*only {
				t.Errorf("%s: %s can write to its image", pod.Name, c.Name)
			}
		}
	}
}

// Who has the number of a process of a pod reaches the pod's files by /proc/PID/root, from the node and from pods with hostPID.
func TestAUserOtherThanRootHasANumberThatNobodyElseIsGiven(t *testing.T) {
	const first, last = 60706, 61183 // between people and homes, and the users that systemd makes
	for _, pod := range debugPods(t) {
		for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			for _, id := range []*int64{c.SecurityContext.RunAsUser, c.SecurityContext.RunAsGroup} {
				if id != nil && *id != 0 && (*id < first || *id > last) {
					t.Errorf("%s: the number %d of %s may be that of a person on the node, or of another pod", pod.Name, *id, c.Name)
				}
			}
		}
	}
}

// A new volume can be written by all users, and podtracer keeps nothing in such a directory.
func TestWhereTheDataGoesIsMadeFitForItBeforePodtracerStarts(t *testing.T) {
	for _, pod := range debugPods(t) {
		c := pod.Spec.Containers[0]
		script := strings.Join(pod.Spec.InitContainers[0].Command, " ")
		for _, variable := range c.Env {
			if name := variable.Name; (name == "HOME" || name == "PODTRACER_DATA_DIR") && !strings.Contains(script, "chmod 0700 "+variable.Value) {
				t.Errorf("%s: %s is %s, which others may write to", pod.Name, name, variable.Value)
			}
		}
		if !strings.Contains(script, "chmod 1777 /tmp") || !strings.Contains(script, c.WorkingDir) {
			t.Errorf("%s: %s is not fit for files", pod.Name, c.WorkingDir)
		}
	}
}

func TestImagesAreNamedByVersionAndCanBeNamedByDigest(t *testing.T) {
	versioned := regexp.MustCompile(`^ghcr\.io/fennec-project/podtracer:(v\d+\.\d+\.\d+)$`)
	kustomization := read(t, "manifests/kustomization.yaml")
	for _, pod := range debugPods(t) {
		for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			version := versioned.FindStringSubmatch(c.Image)
			if version == nil || !strings.Contains(kustomization, "newTag: "+version[1]+"\n") {
				t.Errorf("%s: the image of %s is %s, which is not the version of the kustomization", pod.Name, c.Name, c.Image)
			}
		}
	}
	set := regexp.MustCompile(`image: ghcr\.io/fennec-project/podtracer:(v\S+)`).FindStringSubmatch(read(t, "manifests/installed-helpers/daemonset.yaml"))
	for _, path := range []string{"manifests/kustomization.yaml", "manifests/installed-helpers/kustomization.yaml"} {
		if set == nil || !strings.Contains(read(t, path), "newTag: "+set[1]) {
			t.Errorf("%s: the version is not that of the installed helper", path)
		}
	}
	bases := regexp.MustCompile(`(?m)^FROM .*$`).FindAllString(read(t, "build/Dockerfile"), -1)
	for _, base := range bases {
		if !regexp.MustCompile(`:[a-z0-9.-]+\$\{[A-Z]+_DIGEST:\+@\$[A-Z]+_DIGEST\}`).MatchString(base) || strings.Contains(base, ":latest") {
			t.Errorf("the version, or the argument for a digest, is missing: %s", base)
		}
	}
	if len(bases) == 0 {
		t.Error("no file is copied into the image")
	}
}

// A user other than root gets what both the container and podtracer's executable in the image have.
func TestTheImageHasTheCapabilitiesOfTheDebugPodThatIsNotRoot(t *testing.T) {
	setcap := regexp.MustCompile(`setcap (\S+)\+p /podtracer`).FindStringSubmatch(read(t, "build/Dockerfile"))
	if setcap == nil {
		t.Fatal("the image's podtracer has no capabilities")
	}
	for _, pod := range debugPods(t) {
		if c := pod.Spec.Containers[0].SecurityContext; *c.RunAsUser != 0 {
			var names []string
			for _, capability := range c.Capabilities.Add {
				names = append(names, "cap_"+strings.ToLower(string(capability)))
			}
			if got := strings.Join(names, ","); got != setcap[1] {
				t.Errorf("%s has %s, the image %s", pod.Name, got, setcap[1])
			}
			return
		}
	}
	t.Error("there is no debug pod that is not root")
}
