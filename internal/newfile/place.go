package newfile

import (
	"errors"
	"io/fs"
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

// Find finds the place of a file that is to be made. A link there is not followed.
//
// Errors: ErrForeignLink for one on the way; os.ErrNotExist if the directory is missing.
func Find(path string) (*Place, error) { return explained(find(path, way{})) }

// Follow finds the place of a file that is to be written to, through links that lead there.
//
// Errors: those of Find; ErrForeignLink also for a link there, if it does not lead to a terminal or to /dev/null.
func Follow(path string) (*Place, error) { return explained(find(path, way{follow: true})) }

func explained(p *Place, err error) (*Place, error) {
	switch {
	case errors.Is(err, ErrForeignLink):
		err = hint.Add(err, "name the file or directory itself that it leads to, if that is what you want")
	case errors.Is(err, fs.ErrNotExist):
		err = hint.Add(err, "make the directory first, or name another one")
	}
	return p, err
}

// CheckNew says why no file can be made here, or take the place of the one that is there. Nothing is left of the attempt.
func (p *Place) CheckNew() error {
	f, err := p.draft()
	if err != nil {
		return err
	}
	f.discard()
	return nil
}

// CheckRewrite says why Rewrite would fail, as far as that can be known before. What is there stays as it is.
func (p *Place) CheckRewrite() error { return p.checkWritable() }

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
