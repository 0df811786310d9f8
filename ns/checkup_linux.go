package ns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/hint"
)

// Checkup checks everything that is needed to reach the network namespaces of this node's pods: the runtime, the node's processes,
// the capabilities of this process, and the profiles that confine it. It makes a namespace and gives it up.
func Checkup(ctx context.Context, endpoint, proc string) []checkup.Finding {
	found := []checkup.Finding{NewCRI(endpoint, proc).checkup(ctx), NewProc(proc).checkup(ctx)}
	found = append(found, checkCapabilities()...)
	return append(found, checkSeccomp(), checkAppArmor(), checkNamespaces())
}

// checkup says which runtime answers at which socket.
func (c *CRI) checkup(ctx context.Context) checkup.Finding {
	const subject = RuntimeSubject
	var tried attempts
	for _, at := range c.places(&tried) {
		name, err := c.version(ctx, at)
		if err == nil {
			return checkup.Good(subject, name+" at "+at.String())
		}
		tried.add(at, err)
	}
	err := tried.err()
	return checkup.Finding{
		Subject: subject, State: checkup.Warning, Found: err.Error(),
		Means: "pods are found only by their processes, so pods without a running container are not found", Advice: hint.Of(err),
	}
}

func (c *CRI) version(ctx context.Context, at socket) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	said := func(err error) error { return noAnswer{fmt.Errorf("ask the runtime at %s: %w", at, err)} }
	d, end, err := at.talk(ctx, c.patience)
	if err != nil {
		return "", said(err)
	}
	defer end()
	version, err := d.client.Version(ctx, &runtimeapi.VersionRequest{})
	if err != nil {
		return "", said(d.plain(ctx, err))
	}
	return version.RuntimeName + " " + version.RuntimeVersion, nil
}

// checkup checks that processes of pods are visible, by searching for a pod that does not exist.
func (p *Proc) checkup(ctx context.Context) checkup.Finding {
	const subject = "processes of the node"
	_, err := p.Find(ctx, Pod{Namespace: "none", Name: "none", UID: "00000000-0000-0000-0000-000000000000"})
	if errors.Is(err, ErrNotHere) {
		return checkup.Good(subject, "processes of other pods are visible in "+p.root)
	}
	return checkup.Finding{
		Subject: subject, State: checkup.Warning, Found: err.Error(),
		Means: "pods are found only through the runtime's socket, and a pod's own resolver cannot be read", Advice: hint.Of(err),
	}
}

// capabilities are those that podtracer and its tools need (capabilities(7)), in the order of manifests/debug-pod.yaml.
var capabilities = []struct {
	name   string
	bit    uint
	whose  user
	lost   string
	needed bool
}{
	{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN, anybody, "no pod's network namespace can be entered", true},
	{"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE, anybody, "processes of pods cannot be read: pods are found only through the runtime's socket", false},
	{"CAP_NET_RAW", unix.CAP_NET_RAW, anybody, "tcpdump, tshark, ping and mtr do not work", false},
	{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN, anybody, "tc, nft and conntrack do not work, and tcpdump cannot be promiscuous", false},
	{"CAP_SETUID", unix.CAP_SETUID, root, "tcpdump stays root while it captures", false},
	{"CAP_SETGID", unix.CAP_SETGID, root, "tcpdump stays root while it captures", false},
	{"CAP_CHOWN", unix.CAP_CHOWN, root, "tcpdump cannot write a file itself", false},
	{"CAP_KILL", unix.CAP_KILL, root, "a tool that became another user cannot be stopped", false},
	{"CAP_DAC_OVERRIDE", unix.CAP_DAC_OVERRIDE, others, "the runtime's socket, which is root's, cannot be used: pods without a running container are not found", false},
}

// user is who needs a capability.
type user int

const (
	anybody user = iota
	root         // who can become another user, and has to deal with others then
	others       // who are not allowed what root is
)

func checkCapabilities() []checkup.Finding {
	set, err := capabilitySet("CapEff:")
	if err != nil {
		return []checkup.Finding{{Subject: "capabilities", State: checkup.Warning, Found: err.Error(), Means: "podtracer's capabilities are unknown"}}
	}
	isRoot := os.Geteuid() == 0
	var found []checkup.Finding
	for _, c := range capabilities {
		switch there := set&(1<<c.bit) != 0; {
		case there:
			found = append(found, checkup.Good(c.name, "there"))
			continue
		case c.whose == root && !isRoot, c.whose == others && isRoot:
			continue
		}
		state := checkup.Warning
		if c.needed {
			state = checkup.Failure
		}
		found = append(found, checkup.Finding{Subject: c.name, State: state, Found: "missing", Means: c.lost, Advice: adviceFor(c.name, c.bit)})
	}
	return found
}

// adviceFor says how podtracer gets a capability, which depends on what keeps it away.
func adviceFor(name string, bit uint) string {
	const add = "add it to the container's securityContext.capabilities, as manifests/debug-pod.yaml does"
	uid := os.Geteuid()
	if uid == 0 {
		return "run podtracer with all of root's capabilities, or " + add
	}
	limit, err := capabilitySet("CapBnd:")
	locked, _ := statusField("NoNewPrivs:")
	switch {
	case err == nil && limit&(1<<bit) == 0:
		return "run podtracer as root, or " + strings.Replace(add, "debug-pod", "debug-pod-nonroot", 1)
	case locked == "1":
		return fmt.Sprintf("it is allowed here, but user %d cannot get it: set allowPrivilegeEscalation: true in the container's securityContext, or run podtracer as root", uid)
	default:
		return fmt.Sprintf("it is allowed here, but user %d gets it only from podtracer's executable, which does not have it: setcap %s+p $(which podtracer), as in podtracer's image; or run podtracer as root",
			uid, strings.ToLower(name))
	}
}

// missingAdvice says how podtracer gets a capability that it does not have; "" if it has it.
func missingAdvice(name string) string {
	set, err := capabilitySet("CapEff:")
	for _, c := range capabilities {
		if err == nil && c.name == name && set&(1<<c.bit) == 0 {
			return adviceFor(c.name, c.bit)
		}
	}
	return ""
}

// capabilitySet returns a capability set of this process, by its name in proc_pid_status(5).
func capabilitySet(name string) (uint64, error) {
	text, err := statusField(name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(text, 16, 64)
}

func statusField(name string) (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(text), nil
		}
	}
	return "", fmt.Errorf("/proc/self/status has no line %s", name)
}

// checkSeccomp names the seccomp mode. Making a namespace shows what a filter refuses.
func checkSeccomp() checkup.Finding {
	mode, err := statusField("Seccomp:")
	switch {
	case err != nil:
		return checkup.Good("seccomp", "not in this kernel")
	case mode == "0":
		return checkup.Good("seccomp", "no filter")
	default:
		return checkup.Good("seccomp", "a filter is active")
	}
}

// checkAppArmor names the profile that confines this process. The runtimes' default profiles forbid mounts, and access to processes
// of other containers.
func checkAppArmor() checkup.Finding {
	const subject = "AppArmor"
	profile, err := os.ReadFile("/proc/self/attr/apparmor/current")
	if err != nil {
		profile, err = os.ReadFile("/proc/self/attr/current")
	}
	name := strings.Trim(string(profile), "\x00\n ")
	switch {
	case err != nil || name == "" || !strings.Contains(name, "(") && name != "unconfined":
		return checkup.Good(subject, "not active")
	case name == "unconfined":
		return checkup.Good(subject, "unconfined")
	default:
		return checkup.Finding{
			Subject: subject, State: checkup.Warning, Found: "profile " + name, Means: "it may refuse the mounts that a tool in a pod needs",
			Advice: "set appArmorProfile: {type: Unconfined} in the container's securityContext, as manifests/debug-pod.yaml does",
		}
	}
}

func checkNamespaces() checkup.Finding {
	const subject = "namespaces"
	if err := CheckNamespaces(); err != nil {
		return checkup.Finding{Subject: subject, State: checkup.Failure, Found: err.Error(), Means: "no tool can run in a pod", Advice: hint.Of(err)}
	}
	return checkup.Good(subject, "a network and a mount namespace were made")
}
