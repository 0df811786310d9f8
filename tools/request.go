package tools

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
)

// Request is what to run, and where.
type Request struct {
	Pod     k8s.Pod
	Argv    []string      // the tool and its arguments
	Timer   time.Duration // stop the tool after this; 0: never
	MaxSize int64         // stop it when it has written this many bytes; 0: never

	// Text says that somebody reads along: the output becomes lines, that of a capture by a second tcpdump. Otherwise
	// the tool's standard output is kept as it is and its standard error goes to Stderr.
	Text     bool
	Stdin    *os.File  // nil: nothing to read
	Stderr   io.Writer // without Text
	Terminal *Size     // the size of what is read on; nil: the output goes to a file or a pipe

	// With Keys, somebody sits before the tool itself: it gets a whole terminal, of the size of Terminal and then of Sizes.
	Keys  <-chan []byte
	Sizes <-chan Size
}

// plan is a request that was checked: what will really run.
type plan struct {
	tool    []string
	decoder []string // turns the packets of a capture into text; nil if there is nothing to decode
	capture bool     // the output is a pcap stream
}

// plan checks a request as far as that is possible without starting anything.
//
// Errors: ErrNotInstalled, ErrNotExecutable; a pod that has no network namespace, or has it on another node.
func (r Request) plan(here k8s.Node) (plan, error) {
	if len(r.Argv) == 0 || r.Argv[0] == "" {
		return plan{}, hint.Add(errors.New("no tool was named"), "for example: tcpdump, ip, ss, or any other command")
	}
	if err := Runnable(r.Pod, here); err != nil {
		return plan{}, err
	}
	if _, err := Locate(r.Argv[0]); err != nil {
		return plan{}, err
	}
	return planCommand(r.Argv, r.Text)
}

func planCommand(argv []string, text bool) (plan, error) {
	if !isTcpdump(argv) {
		return plan{tool: argv}, nil
	}
	if !text {
		return plan{tool: keepRoot(argv), capture: writesStream(argv)}, nil
	}
	c, err := parseCapture(argv)
	if err != nil || c == nil {
		return plan{tool: keepRoot(argv)}, err
	}
	return plan{tool: keepRoot(c.Tool), decoder: keepRoot(c.Decoder), capture: true}, nil
}

// keepRoot adds -Z root to a tcpdump that would not be able to become another user, and would give up.
func keepRoot(argv []string) []string {
	if canChangeUser() || hasUserOption(argv) {
		return argv
	}
	return append([]string{argv[0], "-Z", "root"}, argv[1:]...)
}

// Preview returns what a request with these words would really run in the console: the command, and for a capture the one
// that makes text of its packets.
func Preview(argv []string) (command, decoder []string, err error) {
	p, err := planCommand(argv, true)
	return p.tool, p.decoder, err
}

// Runnable says why a pod cannot have a tool run in it.
func Runnable(pod k8s.Pod, here k8s.Node) error {
	describe := "see: kubectl describe pod -n " + pod.Namespace + " " + pod.Name
	switch {
	case pod.Deleting:
		return hint.Add(fmt.Errorf("pod %s is being deleted", pod), "choose the pod that takes its place")
	case pod.Finished():
		return hint.Add(fmt.Errorf("pod %s has ended (%s): its network namespace is gone", pod, pod.Status), "choose a pod that runs")
	case pod.Node == "":
		return hint.Add(fmt.Errorf("pod %s is %s: it is not on any node yet", pod, pod.Status), describe)
	case here.Sure && pod.Node != here.Name:
		return wrongNode(pod, here)
	default:
		return nil
	}
}

// hasUserOption says whether a tcpdump command has -Z or --relinquish-privileges.
func hasUserOption(argv []string) bool {
	for _, w := range argv[1:] {
		if w == "-Z" || len(w) > 2 && w[:2] == "-Z" || len(w) > 3 && w[:4] == "--re" {
			return true
		}
	}
	return false
}
