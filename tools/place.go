package tools

import (
	"errors"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Place is a name in a directory, and what is there. Both are held from when they were found: what somebody puts in their way
// after that is neither written to nor replaced.
type Place struct {
	Path string      // as it was asked for
	Info os.FileInfo // of what is there; nil if nothing is
	way  way
	name string
}

// ErrForeignLink says that a link could lead anywhere that somebody else likes.
var ErrForeignLink = errors.New("a link that somebody else may have made")

// FindPlace finds the place of a file that is to be made. A link there is not followed.
//
// Errors: ErrForeignLink for one on the way; os.ErrNotExist if the directory is missing.
func FindPlace(path string) (*Place, error) { return explained(find(path, way{})) }

// FollowToPlace finds the place of a file that is to be written to, through links that lead there.
//
// Errors: those of FindPlace; ErrForeignLink also for a link there, if it does not lead to a terminal or to /dev/null.
func FollowToPlace(path string) (*Place, error) { return explained(find(path, way{follow: true})) }

func explained(p *Place, err error) (*Place, error) {
	if errors.Is(err, ErrForeignLink) {
		err = hint.Add(err, "name the file or directory itself that it leads to, if that is what you want")
	}
	return p, err
}

// Close lets go of the place.
func (p *Place) Close() { p.way.close() }

// IsSame says whether two places are one, or have one file.
func (p *Place) IsSame(other *Place) bool {
	if p.Info != nil && other.Info != nil && os.SameFile(p.Info, other.Info) {
		return true
	}
	a, errA := p.way.dir.Stat()
	b, errB := other.way.dir.Stat()
	return errA == nil && errB == nil && os.SameFile(a, b) && p.name == other.name
}

// place makes a file at its place all at once: fill gets an empty file that nobody sees, and when that is done well the
// file gets its name. Directories that are missing are made for it.
func place(to Target, fill func(*os.File) error) (err error) {
	p, err := explained(find(to.Path, way{make: true}))
	if err != nil {
		return err
	}
	defer p.Close()
	defer func() {
		if err != nil {
			p.way.undo()
		}
	}()
	switch {
	case p.Info == nil:
	case !to.Overwrite:
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
	if err := f.publish(to.Overwrite); err != nil {
		return err
	}
	return p.way.sync()
}

// errNotAFile says that there is a directory, a link or a device of that name, which is not replaced.
var errNotAFile = errors.New("there is something of that name that is no file")

func exists() error { return hint.Add(ErrExists, "choose another name") }
