package tools

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
)

// Request is what to run, and where.
type Request struct {
	Pod    k8s.Pod
	Argv   []string // the tool and its arguments
	Limits Limits
	Ring   Ring
	Set    SetID // that the run belongs to; 0: none

	// Packets says that a tcpdump is to capture, also if it is not told to write packets to its standard output.
	Packets bool
	// Headers says that of each packet only the headers are kept, up to that of its transport.
	Headers bool

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
	live    bool     // … of which each packet comes at once
	filter  string   // … as the person wrote it
	device  string
	ends    bool // it ends by itself when it has some packets
}

// plan checks a request as far as that is possible without starting anything.
//
// Errors: ErrNotInstalled, ErrNotExecutable; a pod that has no network namespace, or has it on another node; limits that
// mean nothing for this tool.
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
	p, err := r.planCommand()
	if err != nil {
		return plan{}, err
	}
	return p, r.check(p.capture)
}

// planCommand decides what runs. A tcpdump that is told to write packets to its standard output runs as it stands, unless
// somebody reads along.
func (r Request) planCommand() (plan, error) {
	if !isTcpdump(r.Argv) {
		return plan{tool: r.Argv}, nil
	}
	stream, err := writesStream(r.Argv)
	if err != nil {
		return plan{}, err
	}
	live := r.Text || r.Ring.FreezeOn != nil
	c, err := parseCapture(r.Argv, live)
	switch {
	case err != nil && (live || r.Packets && !errors.Is(err, errReadFile)): // on the command line a file may be read
		return plan{}, err
	case c == nil, !live && !r.Packets && !stream:
		return plan{tool: keepRoot(r.Argv)}, nil
	}
	p := plan{tool: c.Tool, capture: true, live: live, filter: c.Filter, device: c.Device, ends: c.Ends}
	if live {
		p.decoder = keepRoot(c.Decoder)
	} else if stream {
		p.tool = r.Argv
	}
	if r.Headers {
		p.tool = headersOnly(p.tool)
	}
	if !live && (r.Headers || r.Ring.Size > 0) {
		p.tool = unbuffered(p.tool)
	}
	p.tool = keepRoot(p.tool)
	return p, nil
}

// unbuffered lets a tcpdump pass each packet on at once. What it holds back would be lost if podtracer, through which the
// stream is piped, was killed.
func unbuffered(argv []string) []string { return append([]string{argv[0], "-U"}, argv[1:]...) }

// keepRoot adds -Z root to a tcpdump that would not be able to become another user, and would give up.
func keepRoot(argv []string) []string {
	if canChangeUser() || hasUserOption(argv) {
		return argv
	}
	return append([]string{argv[0], "-Z", "root"}, argv[1:]...)
}

// Preview returns what a request would really run: the command, and for a capture that is shown the one that makes text of
// its packets.
//
// Errors: a command that is refused, and limits that mean nothing for it.
func (r Request) Preview() (command, decoder []string, err error) {
	p, err := r.planCommand()
	if err == nil {
		err = r.check(p.capture)
	}
	return p.tool, p.decoder, err
}

// Runnable says why a pod cannot have a tool run in it.
func Runnable(pod k8s.Pod, here k8s.Node) error {
	switch {
	case pod.Deleting:
		return hint.Add(fmt.Errorf("pod %s is being deleted", pod), "choose the pod that takes its place")
	case pod.Finished():
		return hint.Add(fmt.Errorf("pod %s has ended (%s): its network namespace is gone", pod, pod.Status), "choose a pod that runs")
	case pod.Node == "":
		return hint.Add(fmt.Errorf("pod %s is %s: it is not on any node yet", pod, pod.Status), "see: "+describeLine(pod))
	case here.Sure && pod.Node != here.Name:
		return wrongNode(pod, here)
	default:
		return nil
	}
}

// describeLine is the command that tells more of a pod.
func describeLine(pod k8s.Pod) string {
	return Join([]string{"kubectl", "describe", "pod", "-n", pod.Namespace, pod.Name})
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
