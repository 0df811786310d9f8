// Package newfile makes files that are whole or not there, where nobody else can have laid a trap.
//
// A Place is a name in a directory that was reached one name at a time, and is held from then on: what somebody puts in its way
// later is neither written to nor replaced. Write makes a file without a name, which gets its name when all of it is on the
// disk: whoever sees the file sees all of it, also if podtracer is killed meanwhile.
//
// A file in a directory of podtracer's own is replaced by owndir.Dir.Replace, which needs no way there.
//
// The door: Write; Find, Follow and the Place that they find; ErrExists, ErrForeignLink.
package newfile

import (
	"errors"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrExists says that there is a file already.
var ErrExists = errors.New("there is a file of that name already")

// ErrForeignLink says that a link could lead anywhere that somebody else likes.
var ErrForeignLink = errors.New("a link that somebody else may have made")

// Write makes a file all at once: fill gets an empty file that nobody sees, and when that is done well the file gets its
// name. Directories that are missing are not made: who has mistyped one has the file elsewhere, and as root it is root's.
//
// Errors: ErrExists, unless a file that is there is to be replaced; ErrForeignLink; what fill and the file system say. Nothing
// is left behind then.
func Write(path string, overwrite bool, fill func(*os.File) error) (err error) {
	p, err := Find(path)
	if err != nil {
		return err
	}
	defer p.Close()
	switch {
	case p.Info == nil:
	case !overwrite:
		return exists()
	case !p.Info.Mode().IsRegular():
		return hint.Add(errNotAFile, "choose another name")
	}
	f, err := p.draft()
	if err != nil {
		return err
	}
	defer f.discard()
	if err := fill(f.File); err != nil {
		return err
	}
	if err := f.publish(overwrite); err != nil {
		return err
	}
	return p.way.sync()
}

// errNotAFile says that there is a directory, a link or a device of that name, which is not replaced.
var errNotAFile = errors.New("something of that name exists and is not a file")

func exists() error { return hint.Add(ErrExists, "choose another name") }
