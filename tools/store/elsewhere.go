package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/fennec-project/podtracer/internal/owndir"
)

// elsewhere is a list in the data directory of the files that were saved outside of it, one quoted path a line. Only these can be
// fetched from another machine.
const (
	elsewhere     = ".elsewhere"
	mostElsewhere = 256 << 10 // bytes, before the older half is forgotten
)

// NoteSaved notes that a file was saved, so that it can be fetched by its path.
func (d *Dir) NoteSaved(path string) error { return noteSaved(d.root, path) }

func noteSaved(root *owndir.Dir, path string) error {
	path, err := filepath.Abs(path)
	if err != nil || filepath.Dir(path) == root.Path() {
		return err
	}
	if noted, err := isNoted(root, path); noted || err != nil {
		return err
	}
	if err := forgetOlder(root); err != nil {
		return err
	}
	f, err := root.OpenFile(elsewhere, os.O_CREATE|os.O_APPEND|os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strconv.Quote(path) + "\n") // in one piece, also if several podtracers note something
	return errors.Join(err, f.Close())
}

// isNoted says whether podtracer has saved a file at that path.
func isNoted(root *owndir.Dir, path string) (bool, error) {
	noted, err := root.Read(elsewhere, 2*mostElsewhere)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return bytes.Contains(append([]byte("\n"), noted...), []byte("\n"+strconv.Quote(path)+"\n")), err
}

// forgetOlder forgets the older half of a list that has become long.
func forgetOlder(root *owndir.Dir) error {
	if size, err := root.Size(elsewhere); err != nil || size < mostElsewhere { // whoever opens it to write finds the error again
		return nil
	}
	noted, err := root.Read(elsewhere, 2*mostElsewhere)
	if err != nil {
		return err
	}
	_, newer, _ := bytes.Cut(noted[len(noted)/2:], []byte("\n"))
	return root.Replace(elsewhere, newer)
}
