//go:build !linux

package detached

import (
	"errors"
	"os"
)

// Heir cannot be here: there are no tools.
type Heir struct{}

// Passed are no files.
func Passed(int) []*os.File { return nil }

var errNoHeir = errors.New("tools run on Linux nodes only")

// SpawnHeir returns an error.
func SpawnHeir([]string, []*os.File) (*Heir, error) { return nil, errNoHeir }

// Begin returns an error.
func (h *Heir) Begin([]byte) (string, error) { return "", errNoHeir }

// GiveUp does nothing.
func (h *Heir) GiveUp() {}
