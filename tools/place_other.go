//go:build !linux

package tools

import (
	"errors"
	"os"
)

func newDraft(path string) (*draft, error) { return namedDraft(path) }

// publish gives the file its name.
func (d *draft) publish(to Target) error {
	if !to.Overwrite {
		err := os.Link(d.name, to.Path)
		if errors.Is(err, os.ErrExist) {
			return exists()
		}
		return err
	}
	if err := os.Rename(d.name, to.Path); err != nil {
		return err
	}
	d.name = ""
	return nil
}
