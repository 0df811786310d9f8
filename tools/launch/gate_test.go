package launch

import (
	"context"
	"errors"
	"testing"
	"time"
)

// passes lets commands wait at a gate.
func passes(ctx context.Context, p *Pass) <-chan error {
	through := make(chan error, 1)
	go func() { through <- p.Await(ctx, nil) }() // ends with the gate, or with ctx
	return through
}

func TestCommandsStartTogetherWhenEachIsReadyOrHasFailed(t *testing.T) {
	g := NewGate()
	first, second, failed := g.Pass(), g.Pass(), g.Pass()
	one := passes(t.Context(), first)
	two := passes(t.Context(), second)
	failed.Ready()
	failed.Ready() // more than once is as once
	select {
	case <-one:
		t.Fatal("it did not wait: another may come")
	case <-time.After(50 * time.Millisecond):
	}
	g.Full()
	for _, through := range []<-chan error{one, two} {
		if err := <-through; err != nil {
			t.Error(err)
		}
	}
	if late := g.Pass(); late != nil || late.Await(t.Context(), nil) != nil {
		t.Error("who comes later waits")
	}
}

func TestWhoIsStoppedWaitsNoLongerAndNobodyWaitsForThem(t *testing.T) {
	g := NewGate()
	stopped, other, missing := g.Pass(), g.Pass(), g.Pass()
	g.Full()
	ctx, stop := context.WithCancel(t.Context())
	waits := passes(ctx, stopped)
	stop()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	through := passes(t.Context(), other)
	select {
	case <-through:
		t.Fatal("it did not wait for the third")
	case <-time.After(50 * time.Millisecond):
	}
	missing.Ready()
	if err := <-through; err != nil {
		t.Error(err)
	}
}

func TestALongWaitIsToldOnce(t *testing.T) {
	g := NewGate()
	one, two, missing := g.Pass(), g.Pass(), g.Pass()
	g.Full()
	told := make(chan string, 2)
	ended := make(chan error, 2)
	for _, p := range []*Pass{one, two} {
		go func() { ended <- p.Await(t.Context(), func(text string) { told <- text }) }() // ends with the gate
	}
	<-told
	missing.Ready()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if len(told) != 0 {
		t.Error("it was told again")
	}
}
