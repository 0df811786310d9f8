package ns

import (
	"slices"
	"strings"
)

// cgroupID says whose a process is, by the path of its cgroup.
type cgroupID struct {
	pod       string // UID with dashes, or the hash of a static pod; "" for podtracer's own pod seen from inside
	container string // 64 hexadecimal digits; "" for a process in the pod's cgroup but in no container
}

// nodeCgroups are, for each hierarchy, the cgroup of the container that the node itself is (kind, k3d). Cgroups of the node's kubelet are
// below it; a kubepods above it is another node's. It is empty if the node is a machine.
type nodeCgroups map[string]string

// nodeCgroupsOf reads the cgroup file of the node's process 1.
func nodeCgroupsOf(content string) nodeCgroups {
	node := nodeCgroups{}
	for controllers, path := range hierarchies(content) {
		parts := strings.Split(path, "/")
		for i := len(parts) - 1; i > 0; i-- {
			if _, id := containerOf(parts[i]); id != "" {
				node[controllers] = strings.Join(parts[:i+1], "/")
				break
			}
		}
	}
	return node
}

// hierarchies yields the lines of a cgroup file (cgroups(7)): "0::PATH" (v2) and "N:CONTROLLERS:PATH" (v1).
func hierarchies(content string) func(yield func(controllers, path string) bool) {
	return func(yield func(controllers, path string) bool) {
		for line := range strings.Lines(content) {
			fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // a path may contain colons
			if len(fields) == 3 && !yield(fields[1], fields[2]) {
				return
			}
		}
	}
}

// identify reads the cgroup file of a process. The v1 line name=systemd counts first, because every runtime sets it; then v2; then any
// other.
func (n nodeCgroups) identify(content string) cgroupID {
	var best cgroupID
	rank := 0
	for controllers, path := range hierarchies(content) {
		r := 1
		switch controllers {
		case "name=systemd":
			r = 3
		case "":
			r = 2
		}
		if r <= rank {
			continue
		}
		if node := n[controllers]; node != "" && strings.HasPrefix(path, node+"/") {
			path = strings.TrimPrefix(path, node)
		}
		if id := identifyPath(path); id != (cgroupID{}) {
			best, rank = id, r
		}
	}
	return best
}

// identifyPath knows these forms, with or without a prefix (the kubelet's --cgroup-root):
//
//	kubepods/burstable/podUID/ID                                                    driver cgroupfs
//	kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUID.slice/cri-containerd-ID.scope
//	                                                                                driver systemd; UID with _ for -
//	…/crio-ID.scope/container                                                       crun
//	kubepods-burstable-podUID.slice:cri-containerd:ID                               kubelet systemd, containerd cgroupfs
//	../../podUID/ID, ../ID                                                          from podtracer's cgroup namespace
//
// Only the part right below the kubelet's own prefix counts, because only the kubelet and the runtime can make it: a pod that may write its
// own cgroups can give those inside its containers any name. So no prefix leads through a container, a pod, a service, or what belongs to a
// user or a machine. A container inside a container (Docker in Docker, a node in a pod) has its own network and belongs to no pod. A
// container's monitor is not part of the pod: it runs in the node's network.
func identifyPath(path string) cgroupID {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	visible := parts
	for len(visible) > 0 && visible[0] == ".." {
		visible = visible[1:]
	}
	if slices.Contains(visible, "..") {
		return cgroupID{}
	}
	if len(visible) < len(parts) { // below a cgroup of podtracer's own, whose name is hidden
		return belowOwn(visible)
	}
	return belowPrefix(visible)
}

// belowOwn reads a path that begins in a cgroup of podtracer's own: in its pod, above it among the kubelet's, or above those.
func belowOwn(parts []string) cgroupID {
	if len(parts) == 0 {
		return cgroupID{}
	}
	if _, container := containerOf(parts[0]); container != "" && podOf(parts[0]) == "" {
		return inContainer("", parts)
	}
	if isQoS(parts[0]) || podOf(parts[0]) != "" {
		return belowKubepods(parts)
	}
	return belowPrefix(parts)
}

func belowPrefix(parts []string) cgroupID {
	service := ""
	for i, part := range parts {
		switch {
		case part == "kubepods", part == "kubepods.slice", strings.HasSuffix(part, "-kubepods.slice"):
			if service != "" {
				return cgroupID{}
			}
			return belowKubepods(parts[i+1:])
		case strings.Contains(part, ":"): // made by containerd in its own cgroup
			if service != "" && !strings.Contains(service, "containerd") {
				return cgroupID{}
			}
			return belowKubepods(parts[i:])
		case strings.HasSuffix(part, ".service"):
			service = part
		}
		if _, container := containerOf(part); container != "" || podOf(part) != "" || isForeign(part) {
			return cgroupID{}
		}
	}
	return cgroupID{}
}

// isForeign says whether others than the kubelet make cgroups in there: users, machines and the like.
func isForeign(part string) bool {
	return part == "user.slice" || part == "machine.slice" || strings.HasPrefix(part, "lxc") || strings.HasSuffix(part, ".scope")
}

func belowKubepods(parts []string) cgroupID {
	if len(parts) > 0 && isQoS(parts[0]) {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		return cgroupID{}
	}
	pod := podOf(parts[0])
	switch {
	case pod == "":
		return cgroupID{}
	case strings.Contains(parts[0], ":"): // the pod and its container in one name
		return inContainer(pod, parts)
	case len(parts) == 1, podOf(parts[1]) != "":
		return cgroupID{pod: pod}
	}
	return inContainer(pod, parts[1:])
}

// inContainer reads the parts right below a pod.
func inContainer(pod string, parts []string) cgroupID {
	prefix, container := containerOf(parts[0])
	if container == "" {
		return cgroupID{pod: pod}
	}
	nested := func(part string) bool {
		_, id := containerOf(part)
		return id != "" || podOf(part) != ""
	}
	if strings.Contains(prefix, "conmon") || slices.ContainsFunc(parts[1:], nested) {
		return cgroupID{}
	}
	return cgroupID{pod, container}
}

func isQoS(part string) bool {
	if class, ok := cutKubepods(part); ok {
		part = class
	}
	return part == "burstable" || part == "besteffort"
}

// podOf returns the UID in the name of a pod's cgroup; "" if there is none.
func podOf(part string) string {
	name, slice := cutKubepods(part)
	if slice {
		name = strings.TrimPrefix(strings.TrimPrefix(name, "burstable-"), "besteffort-")
		name = strings.ReplaceAll(name, "_", "-")
	}
	uid, ok := strings.CutPrefix(name, "pod")
	if !ok || !isUID(uid) {
		return ""
	}
	return uid
}

// cutKubepods cuts a slice below kubepods.slice, as systemd names it, down to its own part: "burstable-podUID".
func cutKubepods(part string) (string, bool) {
	slice, _, _ := strings.Cut(part, ":")
	name, ok := strings.CutSuffix(slice, ".slice")
	if !ok {
		return part, false
	}
	if own, ok := strings.CutPrefix(name, "kubepods-"); ok {
		return own, true
	}
	if _, own, ok := strings.Cut(name, "-kubepods-"); ok { // after the kubelet's prefix
		return own, true
	}
	return part, false
}

// isUID says whether this is a UID in the API's form, or the hash that the kubelet gives a static pod.
func isUID(s string) bool {
	digits := strings.ReplaceAll(s, "-", "")
	if len(digits) != 32 || !isHex(digits) {
		return false
	}
	return len(s) == 32 || len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

func containerOf(part string) (prefix, id string) {
	const length = 64
	part = strings.TrimSuffix(part, ".scope")
	if len(part) < length || !isHex(part[len(part)-length:]) {
		return "", ""
	}
	return part[:len(part)-length], part[len(part)-length:]
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}

// belongs returns a test for the processes of a pod. Two sources must agree: the kubelet's cgroups, that the process is in the pod; and the
// API or the runtime, that the pod has the container. containers are further containers, which the runtime names.
//
// Only the runtime knows the process of a sandbox (pause): without the runtime's word it is not accepted.
func belongs(pod Pod, containers ...string) func(cgroupID) bool {
	known := slices.Concat(containers, pod.ContainerIDs)
	return func(id cgroupID) bool {
		return id.container != "" && slices.Contains(known, id.container) && (id.pod == "" || inCgroupOf(pod, id))
	}
}

// inCgroupOf says whether the cgroup is the pod's, of any container.
func inCgroupOf(pod Pod, id cgroupID) bool { return id.pod != "" && slices.Contains(uids(pod), id.pod) }

// uids are the names by which runtimes and cgroups know a pod. The hash of a static pod has its own form, so writing the UID of another pod
// in its place has no effect.
func uids(pod Pod) []string {
	var all []string
	if pod.UID != "" {
		all = append(all, pod.UID)
	}
	if len(pod.StaticHash) == 32 && isHex(pod.StaticHash) && pod.StaticHash != pod.UID {
		all = append(all, pod.StaticHash)
	}
	return all
}
