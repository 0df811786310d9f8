package option

import (
	"errors"
	"strconv"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
)

// size is a flag's number of bytes; 0 until it is given.
type size int64

// Set reads the flag's value.
func (s *size) Set(text string) error {
	n, err := figures.ParseSize(text)
	if err == nil && n < 0 {
		err = hint.Add(errors.New("not a size"), "write for example 256MiB")
	}
	*s = size(n)
	return err
}

func (s *size) String() string { return sizeFlag(int64(*s)) }

// Type names the value in the help.
func (s *size) Type() string { return "size" }

// limit is a flag's number of bytes, or -1 for "none"; 0 until it is given.
type limit int64

// Set reads the flag's value.
func (l *limit) Set(text string) error {
	n, err := figures.ParseSize(text)
	*l = limit(n)
	return err
}

func (l *limit) String() string { return sizeFlag(int64(*l)) }

// Type names the value in the help.
func (l *limit) Type() string { return "size" }

func sizeFlag(n int64) string {
	switch {
	case n < 0:
		return "none"
	case n == 0:
		return ""
	default:
		return strconv.FormatInt(n, 10)
	}
}
