package tty

import (
	"os"
	"testing"
)

func TestAStandardOutputThatWasClosedIsToldFromOneThatAShellThrowsAway(t *testing.T) {
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
	for name, c := range map[string]struct {
		out  *os.File
		want bool
	}{
		"as Go's runtime opens it": {null(os.O_RDWR), true},
		"as a shell opens it":      {null(os.O_WRONLY), false},
		"a pipe":                   {pipe, false},
	} {
		if got := MayBeClosed(c.out); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
