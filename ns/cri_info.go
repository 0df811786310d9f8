package ns

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
)

// sandboxInfo is what podtracer needs of the "info" in a verbose status of a sandbox or container. The CRI leaves its format to the
// runtime.
type sandboxInfo struct {
	PID             int         `json:"pid"` // in the runtime's PID namespace; 0 if there is none
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

// runtimeSpec is a part of config.json of the OCI runtime specification.
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

// parseInfo reads the info of a verbose answer: one JSON object under the key "info", or, from containerd before 1.6 and CRI-O before
// 1.18, a key with a JSON text for each of its fields.
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

// netnsPath returns the path of the sandbox's network namespace on the node; "" if the runtime names none. It ignores a path in
// /proc: its PID may belong to another process by now, or to another PID namespace.
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

// resolvPath returns the node's file that the pod sees as /etc/resolv.conf; "" if the runtime does not say.
func (i sandboxInfo) resolvPath() string {
	for _, mount := range i.RuntimeSpec.Mounts {
		if mount.Destination == "/etc/resolv.conf" {
			return mount.Source
		}
	}
	return ""
}

// render returns a resolv.conf(5) in the format of containerd; nil if there is nothing to write, because the runtime gives the pod a
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
