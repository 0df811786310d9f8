// Package tty is the person's terminal, for the console, podtracer run and podtracer replay. It owns raw mode, input, sizes,
// drawing, recordings, and the differences between systems (system_unix.go, system_windows.go).
//
// The door: a Terminal says whether somebody is still there and how fast the link is (Link), hands out what is typed (Keys),
// copies to the clipboard, and can be lent to a tool and taken back (Lent). A Display draws the console on it, and records if
// asked to. Replay plays a recording. Styled, Drawing and Interacting let only drawing through, in text that comes from
// elsewhere.
//
// A terminal may refuse output for as long as it likes. Drawing waits for it in a goroutine of its own; a call with a context
// returns soon after the context has ended.
package tty

import (
	"errors"
	"os"

	"github.com/charmbracelet/x/term"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrGone says that nobody is at the terminal any more.
var ErrGone = errors.New("the terminal is gone")

// Check says why a console cannot be shown here, and that the command run can be used.
func Check(in, out *os.File, run string) error {
	needed := "the console needs a terminal: use kubectl exec -it, or ssh -t; " + run + " needs none"
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
