// Package newfile makes files that are complete or do not exist, and that nobody else can redirect.
//
// A Place is a name in a directory. The directory was reached one name at a time and is held from then on, so anything put in the way
// later is neither written to nor replaced. Write makes a file without a name, which gets its name when all of it is on the disk: a file
// that can be seen is complete, even if podtracer is killed meanwhile.
//
// A file in a directory of podtracer's own is replaced by owndir.Dir.Replace.
//
// Start reading at Write; Find, Follow and the Place that they return; ErrExists, ErrForeignLink.
package newfile

import (
	"errors"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// ErrExists says that the file already exists.
var ErrExists = errors.New("a file of that name already exists")

// ErrForeignLink says that a link on the way may have been made by somebody else, to any target.
var ErrForeignLink = errors.New("a link that somebody else may have made")

// Write makes a file in one step: fill gets an empty file that nobody else sees; after fill has succeeded, the file gets its name.
// Missing directories are not made: after a typo the file would be in the wrong place, and made by root it would belong to root.
//
// Errors: ErrExists, unless overwrite is set; ErrForeignLink; errors of fill and of the file system. After an error, nothing is left
// behind.
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

// errNotAFile says that the name belongs to a directory, a link or a device, which is not replaced.
var errNotAFile = errors.New("something of that name exists and is not a file")

func exists() error { return hint.Add(ErrExists, "choose another name") }
