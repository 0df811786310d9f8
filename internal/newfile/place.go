package newfile

import (
	"errors"
	"io/fs"
	"os"

	"github.com/fennec-project/podtracer/internal/hint"
)

// Place is a name in a directory, and what has that name. Both are held from the moment they were found: anything put in their way later is
// neither written to nor replaced.
type Place struct {
	Path string      // as the caller wrote it
	Info os.FileInfo // of the existing file; nil if there is none
	way  way
	name string
}

// Find finds the place for a new file. If the name is a link, it is not followed.
//
// Errors: ErrForeignLink for a link on the way; os.ErrNotExist if the directory is missing.
func Find(path string) (*Place, error) { return explained(find(path, way{})) }

// Follow finds the place of a file to write to, and follows links.
//
// Errors: those of Find; ErrForeignLink also if the name is a foreign link, unless it leads to a terminal or to /dev/null.
func Follow(path string) (*Place, error) { return explained(find(path, way{follow: true})) }

func explained(p *Place, err error) (*Place, error) {
	switch {
	case errors.Is(err, ErrForeignLink):
		err = hint.Add(err, "if you trust the link, name the file or directory that it leads to")
	case errors.Is(err, fs.ErrNotExist):
		err = hint.Add(err, "make the directory first, or name another one")
	}
	return p, err
}

// CheckNew says why no file can be made here, or replace the existing one. The attempt leaves nothing behind.
func (p *Place) CheckNew() error {
	f, err := p.draft()
	if err != nil {
		return err
	}
	f.discard()
	return nil
}

// CheckRewrite says why Rewrite would fail, as far as that can be known before. It changes nothing.
func (p *Place) CheckRewrite() error { return p.checkWritable() }

// Close closes what the place holds.
func (p *Place) Close() { p.way.close() }

// IsSame says whether two places are the same, or have the same file.
func (p *Place) IsSame(other *Place) bool {
	if p.Info != nil && other.Info != nil && os.SameFile(p.Info, other.Info) {
		return true
	}
	a, errA := p.way.dir.Stat()
	b, errB := other.way.dir.Stat()
	return errA == nil && errB == nil && os.SameFile(a, b) && p.name == other.name
}
