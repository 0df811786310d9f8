package tty

import (
	"fmt"

	"github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"
)

// Keys is what is typed on a terminal, each key at once and none of them shown, until it is closed.
type Keys struct {
	cancelreader.CancelReader
	giveBack func()
}

// Keys takes over what is typed. Nobody else may read the terminal until it is closed.
//
// Errors: those of the terminal.
func (t *Terminal) Keys() (*Keys, error) { return takeKeys(t) }

// Hear takes over what is typed for the sake of the terminal's answers only: what is written to the terminal looks as before, and
// ctrl+c interrupts.
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
		_ = reader.Close() // nothing was read
		return nil, err
	}
	return &Keys{reader, giveBack}, nil
}

// Close gives the terminal back as it was. Nobody may be reading: Cancel ends that.
func (k *Keys) Close() error {
	err := k.CancelReader.Close()
	k.giveBack()
	return err
}

// terminal is what has the settings of one.
type terminal interface{ Fd() uintptr }

// makeRaw has a terminal send each key at once and show none of them, until it is given back.
func makeRaw(terminal terminal) (giveBack func(), err error) {
	before, err := term.MakeRaw(terminal.Fd())
	if err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	return func() { _ = term.Restore(terminal.Fd(), before) }, nil // a terminal that is gone needs nothing
}
