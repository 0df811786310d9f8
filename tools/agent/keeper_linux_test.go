package agent

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// keeperOf reaches a keeper of a data directory; each connection goes through wire.
func keeperOf(t *testing.T, dir string, broke func(), wire func(net.Conn) net.Conn) *Away {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	away, err := Reach(func(ctx context.Context, in io.Reader, out io.Writer) error {
		there, here := net.Pipe()
		served := make(chan error, 1)
		go func() { served <- (&Keeper{Store: store.Open(dir, save.Maker{})}).Serve(there, there) }() // ends with the pipe
		c := wire(here)
		stop := context.AfterFunc(ctx, func() { c.Close() })
		defer stop()
		done := make(chan error, 2)
		go func() { _, err := io.Copy(c, in); done <- err }()  // ends with in, which gRPC closes
		go func() { _, err := io.Copy(out, c); done <- err }() // ends with c
		<-done
		c.Close()
		return errors.Join(errors.New("the connection ended"), <-served)
	}, broke)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away.Close)
	return away
}

func straight(c net.Conn) net.Conn { return c }

func TestAFileComesHomeWholeOverAConnectionThatBreaks(t *testing.T) {
	dir := t.TempDir()
	want := make([]byte, 9<<20)
	for i := range want {
		want[i] = byte(rand.Uint32())
	}
	if err := os.WriteFile(filepath.Join(dir, "saved.pcap"), want, 0o600); err != nil {
		t.Fatal(err)
	}
	var broke atomic.Int32
	away := keeperOf(t, dir, func() { broke.Add(1) }, func(c net.Conn) net.Conn { return &cut{c, 2 << 20} })
	kept, err := away.About(t.Context(), "saved.pcap")
	if err != nil || kept.Size != int64(len(want)) || kept.Record != nil {
		t.Fatalf("%+v, %v", kept, err)
	}
	var got bytes.Buffer
	if _, err := away.Fetch(t.Context(), kept, &got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("something else arrived")
	}
	if n := broke.Load(); n < 4 {
		t.Errorf("it is said to have broken %d times", n)
	}
}

// changing changes a file once half of it has been read, and then breaks.
type changing struct {
	net.Conn
	left   int // bytes
	once   *sync.Once
	change func()
}

func (c *changing) Read(p []byte) (int, error) {
	if c.left <= 0 {
		broken := false
		c.once.Do(func() { c.change(); broken = true })
		if broken {
			c.Conn.Close()
			return 0, io.ErrUnexpectedEOF
		}
	}
	n, err := c.Conn.Read(p)
	c.left -= n
	return n, err
}

// One part of it would be of the old file, and the other of the new one.
func TestAFileThatIsReplacedOnTheWayIsNotTakenForWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "saved.txt")
	noise := make([]byte, 4<<20) // which nothing makes smaller on the way
	write := func() {
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		if err := os.WriteFile(path+".new", noise, 0o600); err != nil {
			t.Error(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Error(err)
		}
	}
	write()
	var once sync.Once
	away := keeperOf(t, dir, func() {}, func(c net.Conn) net.Conn {
		return &changing{c, len(noise) / 2, &once, write}
	})
	kept, err := away.About(t.Context(), "saved.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Fetch(t.Context(), kept, io.Discard); !errors.Is(err, errDiffers) {
		t.Errorf("got %v", err)
	}
}

func TestWhatADataDirectoryDoesNotHoldIsNotServed(t *testing.T) {
	dir := t.TempDir()
	away := keeperOf(t, dir, func() {}, straight)
	for _, name := range []string{"", "nothing", "../etc/passwd", "/dev/zero", "sessions"} {
		if kept, err := away.About(t.Context(), name); err == nil {
			t.Errorf("%q is %+v", name, kept)
		}
		if _, err := away.Fetch(t.Context(), Kept{Name: name}, io.Discard); err == nil {
			t.Errorf("%q was fetched", name)
		}
	}
}

func TestAWriterThatFailsEndsAFetch(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "saved.txt"), make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	away := keeperOf(t, dir, func() {}, straight)
	full := errors.New("no space left")
	if _, err := away.Fetch(t.Context(), Kept{Name: "saved.txt"}, failing{full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// A detached run is followed from its first byte to its end, whatever happens to the connection.
func TestADetachedRunIsFollowedToItsEndOverAConnectionThatBreaks(t *testing.T) {
	root := t.TempDir()
	dir, err := store.Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	about := detached.About{ID: dir.ID(1), Pod: "shop/cart", Argv: []string{"ss"}, Began: time.Now()}
	log, err := detached.Begin(root, about)
	if err != nil {
		t.Fatal(err)
	}
	spool, err := dir.Session().Create(store.SpoolName(1))
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("0123456789abcdef", 1024))
	const lines = 300
	grown := make(chan error, 1)
	half := make(chan struct{})
	go func() { // ends with the run
		var errs []error
		for i := range lines {
			if i == lines/2 {
				<-half // somebody follows by now
			}
			_, err := spool.Write(line)
			errs = append(errs, err, log.Reach(int64((i+1)*len(line))))
		}
		_, err := spool.WriteString("this lies behind the limit")
		errs = append(errs, err)
		_, err = log.Words.WriteString("the last word\n")
		errs = append(errs, spool.Truncate(int64(lines*len(line)))) // as a limit does it
		about.Ended = time.Now()
		grown <- errors.Join(append(errs, err, spool.Close(), log.Tell(about), log.Close())...)
	}()
	away := keeperOf(t, root, func() {}, func(c net.Conn) net.Conn { return &cut{c, 1 << 20} })
	if run, err := away.Run(t.Context(), about.ID); err != nil || run.Over() {
		t.Fatalf("%+v, %v", run, err)
	}
	got := &first{came: half}
	if came, err := away.Follow(t.Context(), Out, about.ID, got); err != nil || came != int64(lines*len(line)) {
		t.Fatal(came, err)
	}
	if err := <-grown; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), bytes.Repeat(line, lines)) {
		t.Errorf("%d bytes came, or others", got.Len())
	}
	var words bytes.Buffer
	if _, err := away.Follow(t.Context(), Words, about.ID, &words); err != nil || words.String() != "the last word\n" {
		t.Errorf("%q, %v", words.String(), err)
	}
	if err := dir.Close(nil); err != nil {
		t.Fatal(err)
	}
	if err := away.Forget(t.Context(), about.ID); err != nil {
		t.Error(err)
	}
	if _, err := away.Run(t.Context(), about.ID); !errors.Is(err, detached.ErrNone) {
		t.Errorf("it is still known: %v", err)
	}
	if kept, err := away.About(t.Context(), about.ID); err != nil || kept.Size != int64(lines*len(line)) {
		t.Errorf("its output is not: %+v, %v", kept, err)
	}
}

// first is a buffer that says when something has come.
type first struct {
	bytes.Buffer
	came chan struct{}
	once sync.Once
}

func (f *first) Write(p []byte) (int, error) {
	f.once.Do(func() { close(f.came) })
	return f.Buffer.Write(p)
}

func TestThatTheProcessOfADetachedRunWasKilledIsKnownElsewhere(t *testing.T) {
	root := t.TempDir()
	log, err := detached.Begin(root, detached.About{ID: "k3x7q-1", Pod: "shop/cart", Argv: []string{"ss"}, Began: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if run, err := keeperOf(t, root, func() {}, straight).Run(t.Context(), "k3x7q-1"); err != nil || !run.Killed || !run.Over() {
		t.Errorf("%+v, %v", run, err)
	}
}

// What a pod says beforehand of a size is no reason to throw away what it sends later, nor to take it for all there is.
func TestAnOutputOfAnotherSizeThanWasSaidIsNotTaken(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "saved.txt"), []byte("two lines\nof text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	away := keeperOf(t, dir, func() {}, straight)
	kept, err := away.About(t.Context(), "saved.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{math.MinInt64, -1, 0, kept.Size - 1, kept.Size, kept.Size + 1, math.MaxInt64} {
		said := kept
		said.Size = size
		if sum, err := away.Fetch(t.Context(), said, io.Discard); (size == kept.Size) != (err == nil) || err != nil && (!errors.Is(err, errDiffers) || sum != "") {
			t.Errorf("%d bytes are said to be there: %q, %v", size, sum, err)
		}
	}
}

// After a loss of power the words of a run may be shorter than the run knows: that is an error, and not the end of what was said.
func TestWordsThatAreShorterThanTheirRunKnowsAreMissing(t *testing.T) {
	root := t.TempDir()
	about := detached.About{ID: "k3x7q-1", Pod: "shop/cart", Argv: []string{"ss"}, Began: time.Now()}
	log, err := detached.Begin(root, about)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	about.Ended = time.Now()
	if _, err := log.Words.WriteString("two words\n"); err != nil {
		t.Fatal(err)
	}
	if err := log.End(t.Context(), about, 0, func() {}); err != nil {
		t.Fatal(err)
	}
	away := keeperOf(t, root, func() {}, func(c net.Conn) net.Conn { return c })
	var words bytes.Buffer
	if _, err := away.Follow(t.Context(), Words, about.ID, &words); err != nil || words.String() != "two words\n" {
		t.Errorf("%q, %v", words.String(), err)
	}
	if err := os.Truncate(filepath.Join(root, "detached", about.ID, "words"), 3); err != nil {
		t.Fatal(err)
	}
	words.Reset()
	if _, err := away.Follow(t.Context(), Words, about.ID, &words); !errors.Is(err, spool.ErrMissing) || words.String() != "two" {
		t.Errorf("%q, %v", words.String(), err)
	}
}
