// Package tty is the person's terminal, in one place for all that use it: the console, podtracer run and podtracer replay. It owns
// raw mode, what is typed, sizes, what is drawn, recordings, and what differs between systems (system_unix.go, system_windows.go).
//
// Its door: a Terminal says whether somebody is still there and how fast it is (Link), hands out what is typed (Keys), copies, and is
// lent to a tool and taken back (Lent). A Display draws the console on it, and records if it is asked to. Replay plays a recording.
// Styled, Drawing and Interacting let through only what draws, for text that somebody else made.
//
// A terminal may take nothing for as long as it likes. Drawing waits for it, in a goroutine of its own; whoever has a context gets
// back soon after that has ended.
package tty

import (
	"errors"
	"os"

	"github.com/charmbracelet/x/term"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrGone says that nobody is at the terminal any more.
var ErrGone = errors.New("the terminal is gone")

// Check says why a console cannot be shown here.
func Check(in, out *os.File) error {
	const needed = "the console needs one: kubectl exec needs -it, ssh needs -t; without a console: podtracer run"
	switch {
	case !IsTerminal(in):
		return hint.Add(errors.New("standard input is not a terminal"), needed)
	case !IsTerminal(out):
		return hint.Add(errors.New("standard output is not a terminal"), needed)
	}
	return nil
}

// IsTerminal says whether f is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(f.Fd()) }
