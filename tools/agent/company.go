package agent

import (
	"context"
	"time"

	"google.golang.org/grpc/stats"

	"github.com/fennec-project/podtracer/internal/latest"
)

// company counts the connected consoles, and knows when that number last changed.
type company struct{ state latest.Value[presence] }

type presence struct {
	connected int
	since     time.Time // of the last change
}

// connected is how many consoles are connected.
func (c *company) connected() int {
	now, _ := c.state.Get()
	return now.connected
}

// watch calls act each time when no console has been connected for the given time. It ends with ctx.
func (c *company) watch(ctx context.Context, alone time.Duration, act func()) {
	c.state.Update(func(p presence) presence { return presence{p.connected, time.Now()} })
	for {
		now, version := c.state.Get()
		waiting, cancel := ctx, context.CancelFunc(func() {})
		if now.connected == 0 {
			waiting, cancel = context.WithDeadline(ctx, now.since.Add(alone))
		}
		_, _, err := c.state.Next(waiting, version)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			act()
			if _, _, err := c.state.Next(ctx, version); err != nil {
				return
			}
		}
	}
}

// HandleConn counts the connections.
func (c *company) HandleConn(_ context.Context, s stats.ConnStats) {
	change := 0
	switch s.(type) {
	case *stats.ConnBegin:
		change = 1
	case *stats.ConnEnd:
		change = -1
	}
	c.state.Update(func(p presence) presence { return presence{p.connected + change, time.Now()} })
}

// TagConn, TagRPC and HandleRPC do nothing; stats.Handler asks for them.
func (c *company) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (c *company) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (c *company) HandleRPC(context.Context, stats.RPCStats)                         {}
