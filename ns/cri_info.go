package ns

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// sandboxInfo is what we need of the runtime's own words about a sandbox or a container: the "info" of a verbose status.
// The CRI leaves its form to the runtime.
type sandboxInfo struct {
	PID             int         `json:"pid"` // in the runtime's pid namespace; 0 if there is none
	RuntimeSpec     runtimeSpec `json:"runtimeSpec"`
	SandboxMetadata struct {
		NetNSPath string // containerd 2.0
		Metadata  struct {
			NetNSPath string // containerd 2.1 and later
		}
	} `json:"sandboxMetadata"`
	Config struct {
		DNS dnsConfig `json:"dns_config"`
	} `json:"config"`
}

// runtimeSpec is a part of the OCI runtime specification's config.json.
type runtimeSpec struct {
	Mounts []struct {
		Destination string `json:"destination"`
		Source      string `json:"source"`
	} `json:"mounts"`
	Linux struct {
		Namespaces []struct {
			Type string `json:"type"`
			Path string `json:"path"`
		} `json:"namespaces"`
	} `json:"linux"`
}

type dnsConfig struct {
	Servers  []string `json:"servers"`
	Searches []string `json:"searches"`
	Options  []string `json:"options"`
}

// parseInfo reads the info of a verbose answer: one JSON object under the key "info", or, from containerd before 1.6 and
// CRI-O before 1.18, a key and a JSON text for each of its fields.
func parseInfo(answer map[string]string) (sandboxInfo, error) {
	var info sandboxInfo
	if object, ok := answer["info"]; ok {
		if err := json.Unmarshal([]byte(object), &info); err != nil {
			return sandboxInfo{}, fmt.Errorf("read the info of the sandbox: %w", err)
		}
		return info, nil
	}
	fields := map[string]json.RawMessage{}
	for key, value := range answer {
		if json.Valid([]byte(value)) {
			fields[key] = json.RawMessage(value)
		}
	}
	object, err := json.Marshal(fields)
	if err == nil {
		err = json.Unmarshal(object, &info)
	}
	if err != nil {
		return sandboxInfo{}, fmt.Errorf("read the info of the sandbox: %w", err)
	}
	return info, nil
}

// netnsPath is the path of the sandbox's network namespace on the node; "" if the runtime names none. A path in /proc
// counts as none: it names a process by a number that may belong to another one by now, or only has a meaning in another
// pid namespace.
func (i sandboxInfo) netnsPath() string {
	candidates := []string{i.SandboxMetadata.Metadata.NetNSPath, i.SandboxMetadata.NetNSPath}
	for _, namespace := range i.RuntimeSpec.Linux.Namespaces {
		if namespace.Type == "network" {
			candidates = append([]string{namespace.Path}, candidates...)
		}
	}
	for _, path := range candidates {
		if path = filepath.Clean(path); filepath.IsAbs(path) && !strings.HasPrefix(path, "/proc/") {
			return path
		}
	}
	return ""
}

// resolvPath is the file on the node that the pod has as /etc/resolv.conf; "" if the runtime does not say.
func (i sandboxInfo) resolvPath() string {
	for _, mount := range i.RuntimeSpec.Mounts {
		if mount.Destination == "/etc/resolv.conf" {
			return mount.Source
		}
	}
	return ""
}

// render writes a resolv.conf(5) as containerd does; nil if there is nothing to write, when the runtime gives the pod a
// copy of the node's.
func (d dnsConfig) render() []byte {
	var text []byte
	if len(d.Searches) > 0 {
		text = fmt.Appendf(text, "search %s\n", strings.Join(d.Searches, " "))
	}
	for _, server := range d.Servers {
		text = fmt.Appendf(text, "nameserver %s\n", server)
	}
	if len(d.Options) > 0 {
		text = fmt.Appendf(text, "options %s\n", strings.Join(d.Options, " "))
	}
	return text
}
