package launch

import (
	"cmp"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/internal/checkup"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/command"
)

// Checkup reports which tools of the catalogue are installed, and their versions.
func Checkup(ctx context.Context) []checkup.Finding {
	var found []checkup.Finding
	for _, tool := range command.Catalogue() {
		path, err := command.Locate(tool.Name)
		if err != nil {
			found = append(found, checkup.Finding{
				Subject: tool.Name, State: checkup.Warning, Found: err.Error(), Means: "no " + tool.About + " by " + tool.Name, Advice: hint.Of(err),
			})
			continue
		}
		found = append(found, checkup.Good(tool.Name, versionOf(ctx, tool.Name, path)))
	}
	return found
}

// versionArg is the argument with which a tool prints its version.
func versionArg(tool string) string {
	switch tool {
	case "ip", "ss", "tc", "ping":
		return "-V"
	case "dig":
		return "-v"
	default:
		return "--version"
	}
}

// versionOf returns what a tool prints as its version, or its path if it prints nothing in time.
func versionOf(ctx context.Context, tool, path string) string {
	const patience, longest = 5 * time.Second, 72
	if tool == "iftop" { // iftop cannot print its version without starting
		return path
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, versionArg(tool))
	var stdout, stderr strings.Builder // dig prints its version to stderr, where tshark prints warnings
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, patience
	err := cmd.Run()
	line, _, _ := strings.Cut(cmp.Or(strings.TrimSpace(stdout.String()), strings.TrimSpace(stderr.String())), "\n")
	if err != nil || line == "" {
		return path
	}
	if len(line) > longest {
		line = line[:strings.LastIndexByte(line[:longest], ' ')+1] + "…"
	}
	return line + " (" + path + ")"
}

// CheckPods enters a pod's network namespace: of the given pods, the first that runs here and has its own.
func (l *Local) CheckPods(ctx context.Context, pods []k8s.Pod) checkup.Finding {
	const subject = "a pod's network"
	var errs []error
	for i := range pods {
		pod := &pods[i]
		if reach := l.Reach(pod); reach.How == OutOfReach || pod.HostNetwork {
			continue
		}
		network, err := l.Network(ctx, *pod)
		if err == nil {
			return checkup.Good(subject, "entered the network of "+pod.String()+": "+interfacesOf(network.Interfaces))
		}
		if errs = append(errs, err); len(errs) == 3 { // a pod may end meanwhile
			break
		}
	}
	if err := errors.Join(errs...); err != nil {
		return checkup.Finding{Subject: subject, State: checkup.Failure, Found: err.Error(), Means: "no tool can run in a pod", Advice: hint.Of(err)}
	}
	return checkup.Finding{
		Subject: subject, State: checkup.Warning, Found: "no pod with a network of its own runs on this node",
		Means: "entering a pod's network could not be tried", Advice: "is this the right node? $NODE_NAME names it",
	}
}

// interfacesOf lists the names of interfaces in one line.
func interfacesOf(all []netinfo.Interface) string {
	const most = 4
	var names []string
	for i, in := range all {
		if i == most {
			names = append(names, "…")
			break
		}
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}
