//go:build unix

package owndir

import (
	"crypto/rand"
	"errors"
	"os"
)

// unlinked makes a file and removes its name.
func (d *Dir) unlinked() (*os.File, error) {
	name := ".podtracer-" + rand.Text()
	f, err := d.Create(name)
	if err != nil {
		return nil, err
	}
	if err := d.Remove(name); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
