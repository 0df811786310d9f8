package tty

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"

	"github.com/fennec-project/podtracer/internal/pause"
)

// onResize calls do now, and at intervals until ctx ends, because Windows does not report changes of the size.
func onResize(ctx context.Context, do func()) {
	const look = 250 * time.Millisecond
	for ctx.Err() == nil {
		do()
		pause.For(ctx, look)
	}
}

// awaitInput does not wait: on Windows, input that is ready may not be a key, and reading it could block for ever.
func awaitInput(*os.File, time.Duration) (typed bool, err error) {
	return false, errors.New("waiting for a terminal's input is not possible on Windows")
}

// InForeground says whether this process may use the terminal. On Windows, all processes of a terminal may.
func InForeground(*os.File) bool { return true }

// takeSequences has a terminal act on escape sequences, until it is given back.
func takeSequences(terminal *os.File) (giveBack func(), err error) {
	handle := windows.Handle(terminal.Fd())
	var before uint32
	if err = windows.GetConsoleMode(handle, &before); err == nil {
		err = windows.SetConsoleMode(handle, before|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	}
	if err != nil {
		return nil, fmt.Errorf("set up the terminal: %w", err)
	}
	return func() { _ = windows.SetConsoleMode(handle, before) }, nil // a terminal that is gone needs no reset
}

// makeSilent takes ctrl+c, too: on Windows no tool runs that would need it.
func makeSilent(t terminal) (giveBack func(), err error) { return makeRaw(t) }

// Interrupts says whether ctrl+c on a terminal interrupts this process.
func Interrupts(terminal *os.File) bool {
	var mode uint32
	err := windows.GetConsoleMode(windows.Handle(terminal.Fd()), &mode)
	return err == nil && mode&windows.ENABLE_PROCESSED_INPUT != 0
}
