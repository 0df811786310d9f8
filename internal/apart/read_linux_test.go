package apart

import (
	"errors"
	"os"
	"testing"
	"time"
)

// A machine that is slow to start the reader has not read slowly.
func TestTheTimeForReadingBeginsWhenTheReaderDoes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	time.AfterFunc(limit+limit/4, func() {
		_, _ = w.Write([]byte("\x00nameserver 1"))
		w.Close()
	})
	if said, err := listen(r); string(said) != "nameserver 1" || err != nil {
		t.Errorf("got %q, %v", said, err)
	}
}

func TestAReaderThatHasBegunAndSaysNothingIsGivenUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	if said, err := listen(r); !errors.Is(err, errSlow) {
		t.Errorf("got %q, %v", said, err)
	}
}
