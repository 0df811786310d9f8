package launch

import (
	"context"
	"sync"
	"time"
)

// Gate lets commands that belong together start together: each waits until every other can start, too, or cannot be started at all. It opens
// once. Commands that come later wait for nobody.
type Gate struct {
	open chan struct{}
	tell sync.Once

	mu   sync.Mutex
	away int       // passes whose commands are not ready
	full bool      // no more are given out
	at   time.Time // when it opened; zero while it is closed
}

// NewGate makes a Gate, which is closed.
func NewGate() *Gate { return &Gate{open: make(chan struct{})} }

// Pass is for one more command. It is nil, which waits for nobody, without a Gate and after Full.
func (g *Gate) Pass() *Pass {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.full {
		return nil
	}
	g.away++
	return &Pass{gate: g}
}

// Full says that all commands that start together have their passes.
func (g *Gate) Full() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.full {
		g.full = true
		g.opens()
	}
}

// opens opens the gate if it can be; the caller holds mu.
func (g *Gate) opens() {
	if g.full && g.away == 0 {
		g.at = time.Now()
		close(g.open)
	}
}

// Since is for how long the gate has been open.
func (g *Gate) Since() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at.IsZero() {
		return 0
	}
	return time.Since(g.at)
}

// Pass lets one command through a Gate. A nil Pass waits for nobody.
type Pass struct {
	gate *Gate
	once sync.Once
}

// Ready says that nobody has to wait for the command: it can start, or never will. Each further call does nothing.
func (p *Pass) Ready() {
	if p == nil {
		return
	}
	p.once.Do(func() {
		p.gate.mu.Lock()
		defer p.gate.mu.Unlock()
		p.gate.away--
		p.gate.opens()
	})
}

// longWait is how long nothing is said of a wait.
const longWait = time.Second

// Await says that the command is ready, and waits until the gate opens. One of those who wait for long tells notice so; it may be nil.
//
// Errors: that of ctx.
func (p *Pass) Await(ctx context.Context, notice func(string)) error {
	if p == nil {
		return ctx.Err()
	}
	p.Ready()
	select {
	case <-p.gate.open:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(longWait):
	}
	if notice != nil {
		p.gate.tell.Do(func() { notice("waits until the tool can start in the other pods, too: all start together") })
	}
	select {
	case <-p.gate.open:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
