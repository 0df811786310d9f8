package spool

import (
	"errors"
	"fmt"
	"io"

	"github.com/fennec-project/podtracer/internal/figures"
)

// ErrMissing says that a spool's files hold less than was written to them: somebody, or a loss of power, has cut them short.
var ErrMissing = errors.New("missing from the spool")

// Missing is an ErrMissing that says how many bytes are.
func Missing(bytes int64) error {
	return fmt.Errorf("%s %w", figures.Plural(bytes, "byte"), ErrMissing)
}

// Content is what was kept of a run, in order: the parts of the spool's files that contain it.
type Content struct{ parts []*io.SectionReader }

// Add appends some bytes of a file.
func (c *Content) Add(file io.ReaderAt, from, size int64) {
	c.parts = append(c.parts, io.NewSectionReader(file, from, size))
}

// Open returns a reader from the beginning. Readers are independent of each other. A file that has become shorter is an ErrMissing, and not
// the end.
func (c Content) Open() io.Reader {
	readers := make([]io.Reader, len(c.parts))
	for i, part := range c.parts {
		readers[i] = &wholePart{io.NewSectionReader(part, 0, part.Size()), part.Size()}
	}
	return io.MultiReader(readers...)
}

// wholePart reads a part to its end.
type wholePart struct {
	part *io.SectionReader
	left int64
}

func (w *wholePart) Read(p []byte) (int, error) {
	n, err := w.part.Read(p)
	if w.left -= int64(n); w.left > 0 && errors.Is(err, io.EOF) {
		err = Missing(w.left)
	}
	return n, err
}

// From returns the content from an offset on; what lies behind the end has none.
func (c Content) From(offset int64) Content {
	var rest Content
	for _, part := range c.parts {
		skipped := min(offset, part.Size())
		rest.Add(part, skipped, part.Size()-skipped)
		offset -= skipped
	}
	return rest
}

// Size is the size in bytes.
func (c Content) Size() int64 {
	var n int64
	for _, part := range c.parts {
		n += part.Size()
	}
	return n
}

// Until returns the content up to that number of bytes.
func (c Content) Until(end int64) Content {
	var short Content
	for _, part := range c.parts {
		n := min(end, part.Size())
		short.Add(part, 0, n)
		end -= n
	}
	return short
}
