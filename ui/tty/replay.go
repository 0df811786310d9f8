package tty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Replay is the settings for playing a cast.
type Replay struct {
	Speed   float64       // 1 is the original speed
	MaxIdle time.Duration // longer pauses are shortened to this; 0 keeps all pauses
	In, Out *os.File
}

// player plays one cast on a terminal.
type player struct {
	Replay
	keys   chan byte
	paused bool
	last   <-chan struct{} // closed when the terminal has taken what was written last
	sieve  sieve
}

// What is written to the terminal before and after a cast: the cast is played on the alternate screen, and everything that it
// can have changed is reset.
const (
	playing = "\x1b[?1049h\x1b[2J\x1b[H"
	played  = "\x1b[0m\x1b[r\x1b[?7h\x1b[?25h\x1b[?1049l"
)

// Play plays a cast on the terminal: space pauses and resumes; q, ctrl+c and the end of ctx stop it. Only sequences that draw
// reach the terminal. At the end, and if Play panics, the terminal is reset.
//
// Errors: a line that is not an event, or output that could not be written.
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
		defer func() { cancel(); keys.Cancel(); <-done; _ = keys.Close() }()   // only input was read, so there is nothing to lose
	}
	if IsTerminal(r.Out) {
		noSequences, err := takeSequences(r.Out)
		if err != nil {
			return err
		}
		defer noSequences()
	}
	defer func() { // a terminal that is gone needs no reset
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

// write writes to the terminal. It says whether the person left while the terminal took the text.
func (p *player) write(ctx context.Context, text string) (left bool, err error) {
	written, before, done := make(chan error, 1), p.last, make(chan struct{})
	p.last = done
	go func() { // ends when the terminal has taken the text, or with the process
		defer close(done)
		if before != nil { // an earlier text that was not waited for still goes first
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

// wait waits until the next event is due, not counting pauses. It says whether the person left meanwhile.
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

// leaves handles a key, and says whether it stops the replay.
func (p *player) leaves(key byte) bool {
	const interrupt = 3
	if key == ' ' {
		p.paused = !p.paused
	}
	return key == 'q' || key == 'Q' || key == interrupt
}
