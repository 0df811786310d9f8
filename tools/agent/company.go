package agent

import (
	"context"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/stats"

	"github.com/fennec-project/podtracer/internal/latest"
	"github.com/fennec-project/podtracer/tools/agent/wire"
)

// attendance counts those who are there, and knows when that number last changed.
type attendance struct{ state latest.Value[presence] }

type presence struct {
	count int
	since time.Time // of the last change
}

// now is how many are there.
func (a *attendance) now() int {
	p, _ := a.state.Get()
	return p.count
}

func (a *attendance) add(change int) {
	a.state.Update(func(p presence) presence { return presence{p.count + change, time.Now()} })
}

// watch calls act each time when nobody has been there for the given time. It ends with ctx.
func (a *attendance) watch(ctx context.Context, alone time.Duration, act func()) {
	a.add(0)
	for {
		p, version := a.state.Get()
		waiting, cancel := ctx, context.CancelFunc(func() {})
		if p.count == 0 {
			waiting, cancel = context.WithDeadline(ctx, p.since.Add(alone))
		}
		_, _, err := a.state.Next(waiting, version)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			act()
			if _, _, err := a.state.Next(ctx, version); err != nil {
				return
			}
		}
	}
}

// company are the connected consoles. A connection is a console's once it asks for more than Hello, or to forget something: whoever only looks,
// or has fetched what a console has lost, keeps no helper alive.
type company struct{ attendance }

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
	looks := call.FullMethodName == wire.Agent_Hello_FullMethodName || call.FullMethodName == wire.Agent_Forget_FullMethodName
	if ok && !looks && !of.console.Swap(true) {
		c.add(1)
	}
	return ctx
}

// HandleConn takes the connection of a console off the count when it ends.
func (c *company) HandleConn(ctx context.Context, s stats.ConnStats) {
	of, ok := ctx.Value(connectionKey{}).(*connection)
	if _, ended := s.(*stats.ConnEnd); ended && ok && of.console.Load() {
		c.add(-1)
	}
}

// HandleRPC does nothing; stats.Handler asks for it.
func (c *company) HandleRPC(context.Context, stats.RPCStats) {}
