package command

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Tool is a program in the catalogue. Programs outside of it can be run, too.
type Tool struct {
	Name    string
	Group   string // the heading it is listed under
	About   string
	Args    string // default arguments, as typed in a shell
	Package string // the Debian package that contains it
	Needs   string // the capability without which it can do little or nothing
}

// Catalogue lists the tools that people on call need, in the order in which they are shown.
func Catalogue() []Tool {
	return []Tool{
		{"tcpdump", "capture", "packets, saved as a capture", "-i eth0 -n", "tcpdump", "CAP_NET_RAW"},
		{"tshark", "capture", "packets, decoded by protocol", "-i eth0 -n -l", "tshark", "CAP_NET_RAW"},
		{"ss", "sockets", "sockets, their queues and timers", "-tuanoi", "iproute2", ""},
		{"conntrack", "sockets", "connections that the kernel tracks", "-L", "conntrack", "CAP_NET_ADMIN"},
		{"ip", "addresses and routes", "addresses, routes, neighbours", "address", "iproute2", "CAP_NET_ADMIN"},
		{"ethtool", "addresses and routes", "a device's driver, features, counters", "-S eth0", "ethtool", "CAP_NET_ADMIN"},
		{"ping", "traffic", "round-trip times", "-c 10 HOST", "iputils-ping", "CAP_NET_RAW"},
		{"traceroute", "traffic", "the path to a host", "-n HOST", "traceroute", "CAP_NET_RAW"},
		{"mtr", "traffic", "the path, and where packets are lost", "--report --no-dns HOST", "mtr-tiny", "CAP_NET_RAW"},
		{"dig", "traffic", "name lookups", "NAME", "bind9-dnsutils", ""},
		{"curl", "traffic", "HTTP requests, with timings", "-sv http://HOST/", "curl", ""},
		{"iperf3", "traffic", "bandwidth between two hosts", "-c HOST --forceflush", "iperf3", ""},
		{"iftop", "traffic", "who sends how much to whom, live", "-i eth0 -nP", "iftop", "CAP_NET_RAW"},
		{"tc", "shaping and firewall", "queueing and shaping", "-s qdisc show", "iproute2", "CAP_NET_ADMIN"},
		{"nft", "shaping and firewall", "firewall rules and counters", "list ruleset", "nftables", "CAP_NET_ADMIN"},
		{"bash", "shell", "a shell in the pod's network namespace", "--norc", "bash", ""},
	}
}

// Errors of a tool that cannot be run. `podtracer run` exits with 127 and 126 for them, as a shell does.
var (
	ErrNotInstalled  = errors.New("not installed here")
	ErrNotExecutable = errors.New("cannot be executed")
)

// Locate finds the executable of a tool. A path is used as it is; a name is looked for on $PATH and in the sbin directories, which
// are not on everybody's $PATH.
//
// Errors: ErrNotInstalled or ErrNotExecutable, with a hint.
func Locate(name string) (string, error) {
	if strings.Contains(name, "/") {
		return executable(name)
	}
	if path, err := exec.LookPath(name); err == nil {
		return filepath.Abs(path)
	}
	refused := false
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin") {
		if !filepath.IsAbs(dir) {
			continue // unlike exec.LookPath, never from the current directory
		}
		path, err := executable(filepath.Join(dir, name))
		if err == nil {
			return path, nil
		}
		refused = refused || errors.Is(err, ErrNotExecutable)
	}
	if refused {
		return "", notExecutable(name)
	}
	return "", notInstalled(name)
}

func executable(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", notInstalled(path)
	case info.IsDir() || info.Mode()&0o111 == 0:
		return "", notExecutable(path)
	default:
		return path, nil
	}
}

func notInstalled(name string) error {
	return hint.Add(fmt.Errorf("%s is %w", name, ErrNotInstalled), HowToInstall(name))
}

func notExecutable(name string) error {
	return hint.Add(fmt.Errorf("%s %w", name, ErrNotExecutable), "it must be a program with the execute permission: chmod +x")
}

// HowToInstall says how to get a tool.
func HowToInstall(name string) string {
	for _, tool := range Catalogue() {
		if tool.Name == name {
			return "get it with: apt-get install " + tool.Package + " (podtracer's image has it)"
		}
	}
	return "tools are looked for where podtracer runs, not in the pod: install it here, or use podtracer's image"
}
