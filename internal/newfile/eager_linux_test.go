package newfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileThatGoesToTheDiskEarlyIsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := &Eager{File: f}
	piece, want := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16), []byte(nil)
	for range 20 {
		if n, err := e.Write(piece); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
		want = append(want, piece...)
	}
	if e.begun < 2*eagerly || e.begun > e.written {
		t.Errorf("%d of %d bytes have begun to go", e.begun, e.written)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
	}
}
