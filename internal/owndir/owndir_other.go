//go:build unix && !linux

package owndir

import (
	"os"

	"golang.org/x/sys/unix"
)

const lookOnly = unix.O_RDONLY

// Nameless makes a file and removes its name at once.
func (d *Dir) Nameless() (*os.File, error) { return d.unlinked() }
