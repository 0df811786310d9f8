package spool

import (
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
)

// TestWhatTheToolHasWrittenStaysAlsoIfItCannotBeLookedAt makes reads fail before the first packet, and after it.
func TestWhatTheToolHasWrittenStaysAlsoIfItCannotBeLookedAt(t *testing.T) {
	for name, before := range map[string]int{"no look succeeded": 0, "one look succeeded": 1} {
		t.Run(name, func(t *testing.T) {
			s, err := New(owndirtest.Make(t, t.TempDir()), "1.spool", Kind{Capture: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			tool, err := s.ForTool()
			if err != nil || tool == nil {
				t.Skip("no room can be reserved here: ", err)
			}
			defer tool.Close()
			stream, seen := pcaptest.Stream(3), pcaptest.Stream(before)
			if before > 0 {
				writeAll(t, tool, seen)
				s.look(make([]byte, 1<<16))
			}
			writeAll(t, tool, stream[len(seen)*min(before, 1):])
			readable := s.segments[0].file
			s.segments[0].file = tool // a descriptor that cannot be read
			ended, end := context.WithCancel(t.Context())
			end()
			s.Watch(ended, time.Millisecond, func(int, error) {})
			s.Finish()
			if s.Failed() == nil {
				t.Error("the failed read was not reported")
			}
			s.segments[0].file = readable
			if got, err := os.ReadFile(readable.Name()); string(got) != string(stream) || err != nil {
				t.Errorf("the file has %d bytes of %d, %v", len(got), len(stream), err)
			}
			if got, err := io.ReadAll(s.Follow(t.Context())); string(got) != string(stream) || err != nil {
				t.Errorf("the content has %d bytes of %d, %v", len(got), len(stream), err)
			}
		})
	}
}

func writeAll(t *testing.T, to io.Writer, p []byte) {
	t.Helper()
	if _, err := to.Write(p); err != nil {
		t.Fatal(err)
	}
}
