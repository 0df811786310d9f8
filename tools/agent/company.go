package agent

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/stats"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/tools/agent/wire"
)

// company counts the connected consoles, and knows when that number last changed. A connection is a console's once it asks for more than
// Hello: whoever only looks keeps no helper alive.
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

// connection is one connection, in the context of all its calls.
type connection struct{ console atomic.Bool }

type connectionKey struct{}

// TagConn gives a connection its context.
func (c *company) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

// TagRPC counts a connection that turns out to be a console's.
func (c *company) TagRPC(ctx context.Context, call *stats.RPCTagInfo) context.Context {
	of, ok := ctx.Value(connectionKey{}).(*connection)
	if ok && call.FullMethodName != wire.Agent_Hello_FullMethodName && !of.console.Swap(true) {
		c.count(1)
	}
	return ctx
}

// HandleConn takes the connection of a console off the count when it ends.
func (c *company) HandleConn(ctx context.Context, s stats.ConnStats) {
	of, ok := ctx.Value(connectionKey{}).(*connection)
	if _, ended := s.(*stats.ConnEnd); ended && ok && of.console.Load() {
		c.count(-1)
	}
}

// HandleRPC does nothing; stats.Handler asks for it.
func (c *company) HandleRPC(context.Context, stats.RPCStats) {}

func (c *company) count(change int) {
	c.state.Update(func(p presence) presence { return presence{p.connected + change, time.Now()} })
}
