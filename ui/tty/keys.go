package tty

import (
	"fmt"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
)

// Keys reads what is typed on a terminal, key by key and without echo, until it is closed.
type Keys struct {
	cancelreader.CancelReader
	giveBack func()
}

// Keys takes over the terminal's input. Nobody else may read from the terminal until Keys is closed.
//
// Errors: those of the terminal.
func (t *Terminal) Keys() (*Keys, error) { return takeKeys(t) }

// Hear takes over the terminal's input only to read the terminal's answers: output looks as before, and ctrl+c still interrupts.
//
// Errors: those of the terminal.
func (t *Terminal) Hear() (*Keys, error) { return take(t, makeSilent) }

func takeKeys(from cancelreader.File) (*Keys, error) { return take(from, makeRaw) }

func take(from cancelreader.File, make func(terminal) (giveBack func(), err error)) (*Keys, error) {
	reader, err := cancelreader.NewReader(from)
	if err != nil {
		return nil, fmt.Errorf("read the terminal: %w", err)
	}
	giveBack, err := make(from)
	if err != nil {
		_ = reader.Close() // nothing has been read from it
		return nil, err
	}
	return &Keys{reader, giveBack}, nil
}

// Close gives the terminal back as it was. Nobody may be reading at that time: Cancel ends a read.
func (k *Keys) Close() error {
	err := k.CancelReader.Close()
	k.giveBack()
	return err
}

// terminal is anything with the file descriptor of a terminal.
type terminal interface{ Fd() uintptr }

// makeRaw sets a terminal to raw mode: it sends each key at once and does not echo. giveBack resets it.
func makeRaw(terminal terminal) (giveBack func(), err error) {
	before, err := term.MakeRaw(terminal.Fd())
	if err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	return func() { _ = term.Restore(terminal.Fd(), before) }, nil // a terminal that is gone needs nothing
}
