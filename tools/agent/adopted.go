package agent

import (
	"context"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/launch"
)

// Adopted is a launcher for a single tool, which runs already behind an agent of this node: it follows the tool from its first byte. What
// it is asked to launch besides needs no pod.
type Adopted struct {
	*launch.Local
	link   *link
	node   string
	name   string
	merged bool
}

// Adopt returns the launcher for the tool of that name. merged says that its standard error is in its output. Until Close, the agent has
// a connection, and so does not end.
func Adopt(local *launch.Local, dial Dialer, node, name string, merged bool) (*Adopted, error) {
	link, err := newLink(dial, streamWindow)
	return &Adopted{local, link, node, name, merged}, err
}

// Launch follows the tool to its end, whatever it is asked to launch in the pod.
func (a *Adopted) Launch(ctx context.Context, pod k8s.Pod, argv []string, s launch.Streams) (launch.Exit, error) {
	if s.Podless {
		return a.LaunchAlone(ctx, argv, s)
	}
	if a.merged {
		s.Stderr = nil
	}
	if s.Clock != nil { // it is on this node
		s.Clock(clock.Own())
		s.Clock = nil
	}
	r := &remote{link: a.link, node: a.node, id: a.name, streams: s, away: away{node: a.node, tell: s.Away, notice: s.Notice}}
	return r.attend(ctx)
}

// Close lets the agent go.
func (a *Adopted) Close() { a.link.close() }
