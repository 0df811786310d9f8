package launch

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"
)

// TestOutputIsReadAlsoByAReaderThatIsLate reads after the deadline has passed, as happens to a process that was stopped or got no
// CPU time: the first read then fails although output is there.
func TestOutputIsReadAlsoByAReaderThatIsLate(t *testing.T) {
	for name, held := range map[string]bool{"the command closed its end": false, "a stranger holds its end": true} {
		t.Run(name, func(t *testing.T) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			if _, err := io.WriteString(write, "its last words"); err != nil {
				t.Fatal(err)
			}
			if held {
				defer write.Close()
			} else if err := write.Close(); err != nil {
				t.Fatal(err)
			}
			if err := read.SetReadDeadline(time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			var e ends
			var got bytes.Buffer
			e.copy(&got, read, 0)
			e.copies.Wait()
			if got.String() != "its last words" {
				t.Errorf("got %q", &got)
			}
		})
	}
}
