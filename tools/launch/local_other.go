//go:build !linux

package launch

import (
	"io"
	"os"
	"syscall"

	"github.com/fennec-project/podtracer/internal/guard"
)

func openTerminal() (ours, tools *os.File, err error) { return nil, nil, guard.ErrUnsupported }

func isTerminal(io.Reader) bool { return false }

func resize(*os.File, Size) error { return guard.ErrUnsupported }

func plain(*os.File, *Size) error { return guard.ErrUnsupported }

func yield() {}

const runsTools = false

// There are no tools to send these signals to.
const tellCounters, flushNow = syscall.Signal(0), syscall.Signal(0)

func handles(int, syscall.Signal) bool { return false }

// confinesTools says that a tool must not write to podtracer's files.
func confinesTools() bool { return true }
