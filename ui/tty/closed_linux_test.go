package tty

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
		in, out, err *os.File
		want         bool
	}{
		"closed":                       {read, null(os.O_RDWR), pipe, true},
		"all three closed":             {null(os.O_RDWR), null(os.O_RDWR), null(os.O_RDWR), true},
		"thrown away by a shell":       {read, null(os.O_WRONLY), pipe, false},
		"with standard error":          {read, both, both, false},
		"of a daemon":                  {both, both, both, false},
		"a pipe":                       {read, pipe, pipe, false},
		"beside an error that appends": {read, null(os.O_RDWR), null(os.O_WRONLY | os.O_APPEND), true},
	} {
		if got := WasClosed(c.in, c.out, c.err); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if _, err := io.WriteString(both, "x"); err != nil { // it is as it was
		t.Error(err)
	}
}
