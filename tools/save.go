package tools

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// Target is where to save a run.
type Target struct {
	Path      string
	Overwrite bool // a file that is there already is replaced
}

// Saved is a file that was saved and read back.
type Saved struct {
	Path    string
	Bytes   int64
	Packets int64 // of a capture
	SHA256  string
	Partial bool // the run goes on: this is its output so far
}

// ErrExists says that there is a file already.
var ErrExists = errors.New("there is a file of that name already")

// Save copies a run's output so far to a file: a capture as the stream that the tool wrote, up to its last whole packet;
// anything else byte for byte. The copy is made beside its place under a temporary name, synced, read back and compared,
// and only then given its name: whoever sees the file sees all of it.
//
// Errors: ErrExists; what the file system says. Nothing is left behind then.
func (r *Runs) Save(ctx context.Context, id RunID, to Target) (Saved, error) {
	run, done, err := r.hold(id)
	if err != nil {
		return Saved{}, err
	}
	defer done()
	saved, err := run.save(ctx, to)
	if err != nil {
		return Saved{}, fmt.Errorf("save %s: %w", to.Path, err)
	}
	return saved, nil
}

func (r *run) save(ctx context.Context, to Target) (saved Saved, err error) {
	if _, err := os.Lstat(to.Path); err == nil && !to.Overwrite {
		return Saved{}, hint.Add(ErrExists, "choose another name")
	}
	undo, err := makeDir(filepath.Dir(to.Path))
	defer func() {
		if err != nil {
			undo()
		}
	}()
	if err != nil {
		return Saved{}, err
	}
	temporary, err := os.CreateTemp(filepath.Dir(to.Path), ".podtracer-*")
	if err != nil {
		return Saved{}, err
	}
	defer func() { // after a rename it is gone already
		temporary.Close()
		if err != nil {
			_ = os.Remove(temporary.Name())
		}
	}()
	state, _ := r.state.Get()
	saved = Saved{Path: to.Path, Partial: state.Phase != Ended}
	sum := sha256.New()
	if err := r.copyTo(ctx, io.MultiWriter(temporary, sum), &saved); err != nil {
		return Saved{}, err
	}
	if err := checkCopy(temporary, sum); err != nil {
		return Saved{}, err
	}
	saved.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return saved, publish(temporary.Name(), to)
}

// makeDir makes a directory, and those above it that are missing. undo takes away what it made and is empty still.
func makeDir(dir string) (undo func(), err error) {
	var made []string // the deepest first
	for missing := dir; ; missing = filepath.Dir(missing) {
		if _, err := os.Lstat(missing); !errors.Is(err, os.ErrNotExist) {
			break
		}
		made = append(made, missing)
	}
	return func() {
		for _, dir := range made {
			_ = os.Remove(dir)
		}
	}, os.MkdirAll(dir, 0o700)
}

// copyTo copies what the spool holds now.
func (r *run) copyTo(ctx context.Context, w io.Writer, saved *Saved) error {
	now := io.NewSectionReader(r.spool.file, 0, r.spool.size())
	if !r.plan.capture {
		n, err := io.Copy(w, untilDone(ctx, now))
		saved.Bytes = n
		return err
	}
	packets, err := pcap.NewReader(untilDone(ctx, now))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return hint.Add(errors.New("the capture is empty"), "the tool wrote nothing: its output says why")
	}
	if err != nil {
		return err
	}
	write := func(p []byte) error {
		n, err := w.Write(p)
		saved.Bytes += int64(n)
		return err
	}
	buffered := bytes.NewBuffer(make([]byte, 0, 1<<20))
	buffered.Write(packets.RawHeader())
	for {
		packet, err := packets.Next()
		if err != nil || buffered.Len()+len(packet) > buffered.Cap() {
			if err := write(buffered.Bytes()); err != nil {
				return err
			}
			buffered.Reset()
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // a packet that is still being written
			return nil
		}
		if err != nil {
			return err
		}
		buffered.Write(packet)
		saved.Packets++
	}
}

// untilDone stops a long copy when nobody wants it any more.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

// checkCopy makes sure that the disk has what was written.
func checkCopy(f *os.File, want hash.Hash) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	got := sha256.New()
	if _, err := io.Copy(got, f); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		return errors.New("read back: the file is not what was written; is the disk broken?")
	}
	return nil
}

// publish gives the copy its name. Without leave to overwrite, link(2) does, which never replaces anything, also not a file
// that appeared in the meantime.
func publish(temporary string, to Target) error {
	if !to.Overwrite {
		err := os.Link(temporary, to.Path)
		if errors.Is(err, os.ErrExist) {
			return hint.Add(ErrExists, "choose another name")
		}
		if err == nil {
			err = os.Remove(temporary)
		}
		if err != nil {
			return err
		}
	} else if err := os.Rename(temporary, to.Path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to.Path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync() // the name, too, is on the disk
}
