package spool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
)

func newTestSpool(t *testing.T) *File {
	t.Helper()
	s, err := New(owndirtest.Make(t, t.TempDir()), "1.spool", Kind{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{7})
	_, _ = rng.Read(b) // never fails
	return b
}

func TestAllFollowersGetTheSameBytesAtWhateverPace(t *testing.T) {
	s := newTestSpool(t)
	want := randomBytes(1 << 20)
	var followers sync.WaitGroup
	follow := func(name string, pace func(io.Reader) io.Reader) {
		followers.Go(func() { // ended by the spool
			got, err := io.ReadAll(pace(s.Follow(t.Context())))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		})
	}
	follow("as fast as it can", func(r io.Reader) io.Reader { return r })
	follow("in small pieces", func(r io.Reader) io.Reader { return io.MultiReader(io.LimitReader(iotest.OneByteReader(r), 5000), r) })
	follow("by halves", iotest.HalfReader)
	late := make(chan struct{})
	follow("when all is written", func(r io.Reader) io.Reader {
		return readerFunc(func(p []byte) (int, error) {
			<-late
			return r.Read(p)
		})
	})
	for rest := want; len(rest) > 0; {
		n := min(len(rest), 1+rand.N(20000))
		if _, err := s.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	s.Finish()
	close(late)
	followers.Wait()
	if got, err := io.ReadAll(s.Follow(t.Context())); err != nil || !bytes.Equal(got, want) {
		t.Errorf("a follower that comes later: %d bytes, %v", len(got), err)
	}
	if info, err := s.segments[0].file.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := s.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.segments[0].file.Name()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestAFollowerEndsWithItsContextAndWithNothingElse(t *testing.T) {
	s := newTestSpool(t)
	if _, err := s.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got, err := io.ReadAll(s.Follow(ctx)); string(got) != "one" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAfterAFailedWriteTheSpoolTakesNothingMoreSoThatItHasNoHole(t *testing.T) {
	s := newTestSpool(t)
	if _, err := s.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	file := s.segments[0].file
	broken, err := os.Open(file.Name()) // a descriptor that cannot be written to
	if err != nil {
		t.Fatal(err)
	}
	s.segments[0].file = broken
	if n, err := s.Write([]byte("two")); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
	s.segments[0].file = file
	if n, err := s.Write([]byte("three")); n != 0 || err == nil || s.Size() != 3 {
		t.Errorf("got %d, %v, and a size of %d", n, err, s.Size())
	}
	s.Finish()
	if got, err := io.ReadAll(s.Follow(t.Context())); string(got) != "one" || err != nil {
		t.Errorf("a follower got %q, %v", got, err)
	}
}

func TestASpoolNeverTakesAFileThatIsThere(t *testing.T) {
	s := newTestSpool(t)
	if _, err := New(s.dir, s.name, Kind{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
}

// A file that somebody has cut short is not at its end where its bytes end.
func TestASpoolThatHasBecomeShorterIsNotReadAsWhole(t *testing.T) {
	s := newTestSpool(t)
	if _, err := s.Write([]byte("one two three")); err != nil {
		t.Fatal(err)
	}
	s.Finish()
	c, release := s.Pin()
	defer release()
	if err := s.segments[0].file.Truncate(7); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]io.Reader{"followed": s.Follow(t.Context()), "pinned": c.Open(), "pinned, from its middle": c.From(4).Open()} {
		got, err := io.ReadAll(from)
		if !errors.Is(err, ErrMissing) || err.Error() != "6 bytes missing from the spool" || !strings.HasSuffix("one two", string(got)) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// It would be known to hold more than there is, and what is cut off would count as missing.
func TestWhatLiesBehindALimitIsNotKnownAsOutput(t *testing.T) {
	dir := owndirtest.Make(t, t.TempDir())
	s, err := New(dir, "1.spool", Kind{Capture: true, Limits: Limits{Size: 100}})
	if err != nil {
		t.Fatal(err)
	}
	tool, err := s.ForTool()
	if err != nil || tool == nil {
		t.Skip("no room can be reserved here")
	}
	if _, err := tool.Write(bytes.Repeat([]byte("no packets\n"), 100)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Watch(ctx, time.Millisecond, func(int, error) {})
	if before := s.Size(); before > 100 {
		t.Errorf("%d bytes of 100 are known before its end", before)
	}
	s.Finish()
	if s.Size() != 100 || s.SizeOnDisk() != 100 {
		t.Errorf("%d bytes are known, and %d are there", s.Size(), s.SizeOnDisk())
	}
}

func TestWhatIsCutOffAtTheEndIsNotKnownAsOutput(t *testing.T) {
	s, err := New(owndirtest.Make(t, t.TempDir()), "1.spool", Kind{Capture: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(bytes.Repeat([]byte("no packets\n"), 100)); err != nil {
		t.Fatal(err)
	}
	s.Enough(errors.New("stopped"))
	s.Finish()
	if s.Size() != s.SizeOnDisk() {
		t.Errorf("%d bytes are known, and %d are there", s.Size(), s.SizeOnDisk())
	}
}
