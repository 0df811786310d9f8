package tty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Replay is how a cast is played.
type Replay struct {
	Speed   float64       // 1 is as it was
	MaxIdle time.Duration // longer pauses are shortened to this; 0 for none
	In, Out *os.File
}

// player plays one cast on the terminal.
type player struct {
	Replay
	keys   chan byte
	paused bool
	last   <-chan struct{} // closed when the terminal has taken what was written last
	sieve  sieve
}

// What the terminal is told before a cast and behind it: it is played on a screen of its own, wherever it begins and ends, and
// all that it can have changed is taken back.
const (
	playing = "\x1b[?1049h\x1b[2J\x1b[H"
	played  = "\x1b[0m\x1b[r\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Play plays a cast on the terminal: space pauses and goes on, q and ctrl+c leave, and so does the end of ctx. Only what draws
// reaches the terminal; in the end, and also if this panics, it is as it was.
//
// Errors: a line that is no event, what could not be written.
func (r Replay) Play(ctx context.Context, c *Cast) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &player{Replay: r, keys: make(chan byte), sieve: sieve{lets: draws}}
	if IsTerminal(r.In) {
		keys, err := takeKeys(r.In)
		if err != nil {
			return err
		}
		done := make(chan struct{})
		go func() { defer close(done); readKeys(ctx, keys, p.keys, cancel) }() // ends with Cancel
		defer func() { cancel(); keys.Cancel(); <-done; _ = keys.Close() }()   // only what is typed was read
	}
	if IsTerminal(r.Out) {
		noSequences, err := takeSequences(r.Out)
		if err != nil {
			return err
		}
		defer noSequences()
	}
	defer func() { // a terminal that is gone needs nothing
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFrame)
		defer cancel()
		p.keys = nil
		_, _ = p.write(ctx, played)
	}()
	left, err := p.write(ctx, playing)
	for last := time.Duration(0); !left && err == nil; {
		var e castEvent
		if e, err = c.next(); errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		pause := max(0, e.at-last)
		last = e.at
		if r.MaxIdle > 0 {
			pause = min(pause, r.MaxIdle)
		}
		if left = p.wait(ctx, time.Duration(float64(pause)/r.Speed)); !left && e.kind == "o" {
			left, err = p.write(ctx, p.sieve.pass(e.data))
		}
	}
	return err
}

// write writes to the terminal. It says whether somebody left while the terminal took it.
func (p *player) write(ctx context.Context, text string) (left bool, err error) {
	written, before, done := make(chan error, 1), p.last, make(chan struct{})
	p.last = done
	go func() { // ends when the terminal has taken it, or with the process
		defer close(done)
		if before != nil { // what nobody waited for any more comes first all the same
			<-before
		}
		_, err := p.Out.WriteString(text)
		written <- err
	}()
	for {
		select {
		case err := <-written:
			if err != nil {
				return false, fmt.Errorf("write to the terminal: %w", err)
			}
			return false, nil
		case <-ctx.Done():
			return true, nil
		case key := <-p.keys:
			if p.leaves(key) {
				return true, nil
			}
		}
	}
}

func readKeys(ctx context.Context, from io.Reader, keys chan<- byte, cancel func()) {
	buffer := make([]byte, 64)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			cancel()
			return
		}
		for _, key := range buffer[:n] {
			select {
			case keys <- key:
			case <-ctx.Done():
				return
			}
		}
	}
}

// wait waits for the next event, as long as nobody pauses. It says whether somebody left meanwhile.
func (p *player) wait(ctx context.Context, d time.Duration) (left bool) {
	due := time.NewTimer(d)
	defer due.Stop()
	for over := false; !over || p.paused; {
		select {
		case <-ctx.Done():
			return true
		case <-due.C:
			over = true
		case key := <-p.keys:
			if p.leaves(key) {
				return true
			}
		}
	}
	return false
}

// leaves takes a key, and says whether it is one that leaves.
func (p *player) leaves(key byte) bool {
	const interrupt = 3
	if key == ' ' {
		p.paused = !p.paused
	}
	return key == 'q' || key == 'Q' || key == interrupt
}
