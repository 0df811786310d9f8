// Package latest holds a value that changes, and lets any number of readers wait for it.
//
// It is level-triggered: a reader names the version that it has seen, and gets the newest one. A slow reader skips the versions in
// between, but always gets the last one. Nothing is queued, and Set never waits for a reader.
package latest

import (
	"context"
	"sync"
)

// Value is a value that changes. The zero Value holds the zero T at version 0, which means that nobody has set it.
type Value[T any] struct {
	mu      sync.Mutex
	value   T
	version uint64
	changed chan struct{} // closed by the next Set; nil if nobody waits
}

// Set makes v the newest value and wakes every reader.
func (l *Value[T]) Set(v T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(v)
}

// Update sets the value to what f returns for the present one. f must not call methods of l.
func (l *Value[T]) Update(f func(T) T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(f(l.value))
}

func (l *Value[T]) set(v T) {
	l.value = v
	l.version++
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// Get returns the present value and its version.
func (l *Value[T]) Get() (T, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value, l.version
}

// Next waits for a value newer than seen, and returns it with its version. If ctx ends first, it returns the error of ctx.
func (l *Value[T]) Next(ctx context.Context, seen uint64) (T, uint64, error) {
	for {
		l.mu.Lock()
		if l.version > seen {
			defer l.mu.Unlock()
			return l.value, l.version, nil
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()

		select {
		case <-changed:
		case <-ctx.Done():
			var none T
			return none, seen, ctx.Err()
		}
	}
}
