package terminal

import (
	"io"
	"strings"
	"testing"
	"time"
)

const patience = time.Minute

// pieces writes texts one after the other, and then ends.
func pieces(texts ...string) *Written {
	r, w := io.Pipe()
	go func() { // ends when all texts are written
		for _, text := range texts {
			_, _ = io.WriteString(w, text) // the other side is being read
		}
		_ = w.Close()
	}()
	return Read(r)
}

func TestATextIsFoundAlsoWhereItComesInPieces(t *testing.T) {
	w := pieces("one t", "w", "o three", " two")
	for _, text := range []string{"two three", "one two", "three two"} {
		if err := w.Await(patience, 0, text); err != nil {
			t.Error(err)
		}
	}
	if err := w.Await(patience, len("one two"), "two"); err != nil {
		t.Error("the second one is behind the first:", err)
	}
	if err := w.Await(patience, 0, "four"); err == nil || !strings.Contains(err.Error(), `the end came before "four"`) {
		t.Error(err)
	}
}

func TestWhatWasWaitedForIsForgottenAndWhatComesBehindItIsNot(t *testing.T) {
	flood := strings.Repeat("x", 1<<20)
	w := pieces("a", "b a", "c ", flood, " a", "d")
	for _, text := range []string{"ab", "ac", "ad"} {
		if err := w.Next(patience, text); err != nil {
			t.Error(err)
		}
	}
	if left := w.Since(0); left != "" || w.Len() != len("ab ac  ad")+len(flood) {
		t.Errorf("%d bytes came, %q is left", w.Len(), left)
	}
}

func TestOfAFloodTheLastIsKept(t *testing.T) {
	r, write := io.Pipe()
	w := Read(r)
	w.Keep(100)
	for range 1000 {
		_, _ = io.WriteString(write, "0123456789") // the other side is being read
	}
	_, _ = io.WriteString(write, "end")
	if err := w.Await(patience, 0, "end"); err != nil {
		t.Fatal(err)
	}
	if kept := w.Since(0); len(kept) > 300 || !strings.HasSuffix(kept, "789end") || w.Since(w.Len()-4) != "9end" {
		t.Errorf("kept: %q", kept)
	}
	_ = write.Close()
	<-w.Ended()
}
