package save

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fennec-project/podtracer/internal/newfile"
)

// keepStream saves all that the tool wrote of a capture that broke, under a new name in the directory for such streams: packets may
// follow the break that no file of packets can hold. It returns nil if there is nothing but packets.
func (r Recording) keepStream(ctx context.Context, found surveyed) (*File, error) {
	if !found.broke || !r.Over || r.By.Streams == "" {
		return nil, nil
	}
	saved := &File{}
	path, err := Free(filepath.Join(r.By.Streams, BrokenName(r.Record)), func(path string) error {
		return newfile.Write(path, false, func(f *os.File) (err error) {
			if err := copyContent(ctx, f, r.Content); err != nil {
				return err
			}
			if err := f.Sync(); err != nil {
				return err
			}
			saved.Bytes, saved.SHA256, err = check(ctx, f, sameBytes(r.Content))
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("keep the whole stream: %w", err)
	}
	saved.Path = path
	return saved, nil
}

// All are the file and the stream that was kept beside it.
func (f File) All() []File {
	if f.Stream == nil {
		return []File{f}
	}
	return []File{f, *f.Stream}
}

// All are all files that were written.
func (s Saved) All() []File {
	all := slices.Clone(s.Files)
	for _, part := range s.Parts {
		if part.Stream != nil {
			all = append(all, *part.Stream)
		}
	}
	return all
}

// dropStream removes the stream beside packets that could not be saved: it is still whole where it was.
func (f File) dropStream() {
	if f.Stream != nil {
		_ = os.Remove(f.Stream.Path)
	}
}

// mostNumbered is how many numbered names are tried for one file.
const mostNumbered = 1000

// Free makes a file called path, or the first numbered variant of it that is free, and returns its name.
//
// Errors: those of write, which says with newfile.ErrExists or fs.ErrExist that a name is taken.
func Free(path string, write func(path string) error) (made string, err error) {
	for n := 1; n <= mostNumbered; n++ {
		made = Numbered(path, n)
		if err = write(made); err == nil {
			return made, nil
		}
		if !errors.Is(err, newfile.ErrExists) && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return "", err
}
