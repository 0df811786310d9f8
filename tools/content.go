package tools

import "io"

// content is what was kept of a run, in its order: the parts of a spool's files that hold it.
type content struct{ parts []*io.SectionReader }

// add appends some bytes of a file.
func (c *content) add(file io.ReaderAt, from, size int64) {
	c.parts = append(c.parts, io.NewSectionReader(file, from, size))
}

// open reads it from the beginning; it may be read as often as one likes.
func (c content) open() io.Reader {
	readers := make([]io.Reader, len(c.parts))
	for i, part := range c.parts {
		readers[i] = io.NewSectionReader(part, 0, part.Size())
	}
	return io.MultiReader(readers...)
}

// size in bytes.
func (c content) size() int64 {
	var n int64
	for _, part := range c.parts {
		n += part.Size()
	}
	return n
}

// until is what it holds up to some number of bytes.
func (c content) until(end int64) content {
	var short content
	for _, part := range c.parts {
		n := min(end, part.Size())
		short.add(part, 0, n)
		end -= n
	}
	return short
}
