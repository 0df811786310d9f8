package ns

import "strings"

// cgroupID says whose a process is, as the path of its cgroup tells.
type cgroupID struct {
	pod       string // UID with dashes, or the hash of a static pod; "" if the path has none
	container string // 64 hexadecimal digits; "" if the path has none
}

// identify reads /proc/PID/cgroup (cgroups(7)): lines "0::PATH" (v2) and "N:CONTROLLERS:PATH" (v1). Of the v1 lines
// name=systemd decides, since every runtime sets it; then v2; then any other.
func identify(content string) cgroupID {
	var best cgroupID
	rank := 0
	for line := range strings.Lines(content) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // a path may hold colons
		if len(fields) < 3 {
			continue
		}
		r := 1
		switch fields[1] {
		case "name=systemd":
			r = 3
		case "":
			r = 2
		}
		if r <= rank {
			continue
		}
		if id := identifyPath(fields[2]); id != (cgroupID{}) {
			best, rank = id, r
		}
	}
	return best
}

// identifyPath knows these forms, at any depth, so also behind a private cgroup namespace ("/../../podUID/ID"):
//
//	kubepods/burstable/podUID/ID                                      driver cgroupfs
//	kubepods-burstable-podUID.slice/cri-containerd-ID.scope           driver systemd; UID with _ for -
//	kubepods-burstable-podUID.slice/crio-ID.scope/container           crun
//	kubepods-burstable-podUID.slice:cri-containerd:ID                 kubelet systemd, containerd cgroupfs
//
// What is deeper inside is another's: a pod in a node that is itself a container belongs to that pod, and a container that a
// pod runs for itself (Docker in Docker) has a network of its own and belongs to nobody. A container's monitor is no part
// of the pod: it runs in the node's network.
func identifyPath(path string) cgroupID {
	var id cgroupID
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == ':' }) {
		if uid := podOf(part); uid != "" {
			id = cgroupID{pod: uid}
			continue
		}
		prefix, container := containerOf(part)
		if container == "" {
			continue
		}
		if id.container != "" || strings.Contains(prefix, "conmon") {
			return cgroupID{}
		}
		id.container = container
	}
	return id
}

func podOf(part string) string {
	uid, ok := strings.CutPrefix(part, "pod")
	if name, slice := strings.CutSuffix(part, ".slice"); slice {
		i := strings.LastIndex(name, "-pod")
		if i < 0 {
			return ""
		}
		uid, ok = strings.ReplaceAll(name[i+len("-pod"):], "_", "-"), true
	}
	if !ok || len(strings.ReplaceAll(uid, "-", "")) != 32 || !isHex(strings.ReplaceAll(uid, "-", "")) {
		return ""
	}
	return uid
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

// belongs gives a test for the cgroups of a pod, and of the containers that are named in addition.
func belongs(pod Pod, containers ...string) func(cgroupID) bool {
	mine := map[string]bool{}
	for _, id := range append(containers, pod.ContainerIDs...) {
		mine[id] = true
	}
	for _, uid := range uids(pod) {
		mine[uid] = true
	}
	return func(id cgroupID) bool {
		// An id of a container is enough: from inside a private cgroup namespace, the pod's UID is cut off the path.
		return id.container != "" && mine[id.container] || id.pod != "" && mine[id.pod]
	}
}

// uids are the names by which runtimes and cgroups know a pod.
func uids(pod Pod) []string {
	var all []string
	for _, uid := range []string{pod.UID, pod.StaticHash} {
		if uid != "" {
			all = append(all, uid)
		}
	}
	return all
}
