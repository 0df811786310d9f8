package cli

import (
	"io"
	"os"
	"testing"
)

func TestAStandardOutputThatWasClosedIsToldFromOneThatIsThrownAway(t *testing.T) {
	null := func(flag int) *os.File {
		f, err := os.OpenFile(os.DevNull, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	read, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer pipe.Close()
	both := null(os.O_RDWR)
	for name, c := range map[string]struct {
		streams Streams
		want    bool
	}{
		"closed":                       {Streams{In: read, Out: null(os.O_RDWR), Err: pipe}, true},
		"all three closed":             {Streams{In: null(os.O_RDWR), Out: null(os.O_RDWR), Err: null(os.O_RDWR)}, true},
		"thrown away by a shell":       {Streams{In: read, Out: null(os.O_WRONLY), Err: pipe}, false},
		"with standard error":          {Streams{In: read, Out: both, Err: both}, false},
		"of a daemon":                  {Streams{In: both, Out: both, Err: both}, false},
		"a pipe":                       {Streams{In: read, Out: pipe, Err: pipe}, false},
		"beside an error that appends": {Streams{In: read, Out: null(os.O_RDWR), Err: null(os.O_WRONLY | os.O_APPEND)}, true},
	} {
		if got := wasClosed(c.streams); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if _, err := io.WriteString(both, "x"); err != nil { // it is as it was
		t.Error(err)
	}
}
