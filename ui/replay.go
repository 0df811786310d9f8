package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
)

// Replay is how a cast is played.
type Replay struct {
	Speed   float64       // 1 is as it was
	MaxIdle time.Duration // longer pauses are shortened to this; 0 for none
	In, Out *os.File
}

// Play plays a cast on the terminal: space pauses and goes on, q and ctrl+c leave. Only what draws reaches the terminal (see
// drawing); in the end it is as it was.
//
// Errors: a line that is no event, what could not be written.
func (r Replay) Play(ctx context.Context, c *Cast) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keys := make(chan byte)
	if isTerminal(r.In) {
		before, err := term.MakeRaw(r.In.Fd())
		if err != nil {
			return fmt.Errorf("set up the terminal: %w", err)
		}
		defer func() { _ = term.Restore(r.In.Fd(), before) }() // a terminal that is gone needs nothing
		reader, err := cancelreader.NewReader(r.In)
		if err != nil {
			return fmt.Errorf("read the terminal: %w", err)
		}
		done := make(chan struct{})
		go func() { defer close(done); readKeys(ctx, reader, keys, cancel) }() // ends with Cancel
		defer func() { cancel(); reader.Cancel(); <-done; _ = reader.Close() }()
	}
	filter := &drawing{}
	// On a screen of its own, wherever the recording begins and ends.
	if _, err := r.Out.WriteString("\x1b[?1049h\x1b[2J\x1b[H"); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	defer func() { _, _ = r.Out.WriteString(filter.restore()) }() // a terminal that is gone needs nothing
	var last time.Duration
	for {
		e, err := c.next()
		if errors.Is(err, io.EOF) {
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
		if wait(ctx, time.Duration(float64(pause)/r.Speed), keys) {
			return nil
		}
		if e.kind == "o" {
			if _, err := r.Out.WriteString(filter.pass(e.data)); err != nil {
				return fmt.Errorf("write to the terminal: %w", err)
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
func wait(ctx context.Context, d time.Duration, keys <-chan byte) (left bool) {
	const interrupt = 3
	due := time.NewTimer(d)
	defer due.Stop()
	paused, over := false, false
	for {
		select {
		case <-ctx.Done():
			return true
		case <-due.C:
			over = true
		case key := <-keys:
			switch key {
			case ' ':
				paused = !paused
			case 'q', 'Q', interrupt:
				return true
			}
		}
		if over && !paused {
			return false
		}
	}
}

// drawing lets through what draws: text, colours, moves of the cursor, and erasing. A cast is somebody
// else's: nothing of it may ask the terminal, write to its clipboard, set its title or change what keys send.
type drawing struct {
	held string // the beginning of a sequence
}

func (d *drawing) pass(data string) string {
	var out strings.Builder
	data = d.held + data
	d.held = ""
	var state byte
	for data != "" {
		seq, width, n, next := ansi.DecodeSequence(data, state, nil)
		if next != ansi.NormalState && n == len(data) {
			if len(data) < 4096 {
				d.held = data
			}
			break
		}
		if width > 0 || d.draws(seq) {
			out.WriteString(seq)
		}
		data, state = data[n:], next
	}
	return out.String()
}

func (d *drawing) draws(seq string) bool {
	switch seq {
	case "\r", "\n", "\b", "\t", "\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bE":
		return true
	case "\x1b[?25h", "\x1b[?25l", "\x1b[?7h", "\x1b[?7l", "\x1b[?2026h", "\x1b[?2026l":
		return true
	}
	if rest, ok := strings.CutPrefix(seq, "\x1b["); ok {
		final := rest[len(rest)-1:]
		return strings.Trim(rest[:len(rest)-1], "0123456789;:") == "" && strings.Contains("ABCDEFGHJKLMPSTX@`abdefmrsu", final)
	}
	return false
}

// restore puts back what a cast may have changed.
func (d *drawing) restore() string {
	return "\x1b[0m\x1b[r\x1b[?7h\x1b[?25h\x1b[?1049l"
}
