// Package save makes files of what was kept of a run: as the tool wrote it, or as pcapng with what Kubernetes knows.
//
// A file is made without its name, synced, read back and compared packet by packet, and only then gets its name: whoever sees it
// sees all of it, also if podtracer is killed meanwhile. What is lossy: of a capture, what stands behind its last whole packet is
// not saved, as a Verdict says.
//
// It reads content while it is pinned, blocks as the disk does, and starts no goroutine.
//
// The door: a Recording, saved to a Target by a Maker as a File; Name, and what it is when something is wrong with a stream.
package save

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Target is where to save a run.
type Target struct {
	Path      string // of a capture: pcapng if it ends in .pcapng, else the stream as the tool wrote it
	Overwrite bool   // a file that is there already is replaced
}

// File is a file that was saved and read back.
type File struct {
	Path    string
	Bytes   int64
	Packets int64 // of a capture
	SHA256  string
	Verdict report.Verdict // of a capture
	Partial bool           // the run goes on: this is its output so far
}

// Names tells whose addresses are whose, and whose they were at a time. An error says why some are missing.
type Names interface {
	Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*k8s.Names, error)
}

// ErrForm says that what was kept cannot have the form that was asked for, wherever it is saved: as the tool wrote it, it can be.
var ErrForm = errors.New("it cannot be saved in that form")

var errNoPackets = errors.New("what the tool wrote does not begin like a capture")

// IsCapture says whether a file is meant to have packets, by its name.
func IsCapture(name string) bool {
	return filepath.Ext(name) == ".pcap" || IsPcapng(name)
}

// IsPcapng says whether a capture is saved as pcapng under a name.
func IsPcapng(name string) bool { return filepath.Ext(name) == pcapngExtension }

// Maker is who makes files.
type Maker struct {
	Names   Names  // nil: nobody knows whose addresses are whose
	Program string // what captures say made them: podtracer with its version
	Person  string // who runs it, as far as is known
}

// Recording is what there is to be saved of a run.
type Recording struct {
	report.Record
	Content spool.Content
	By      Maker
}

// Save makes a file of it. The file is made beside its place without a name or under a temporary one, synced, read back and
// compared packet by packet, and only then given its name: whoever sees the file sees all of it.
//
// Errors: newfile.ErrExists; ErrForm; what the file system says. Nothing is left behind then.
func (r Recording) Save(ctx context.Context, to Target) (File, error) {
	saved := File{Path: to.Path, Partial: !r.Over, Verdict: r.Verdict()}
	err := newfile.Write(to.Path, to.Overwrite, func(f *os.File) error {
		found, err := r.write(ctx, f)
		if err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		saved.Packets = found.packets
		saved.Bytes, saved.SHA256, err = found.check(ctx, f)
		return err
	})
	if err != nil {
		return File{}, fmt.Errorf("save %s: %w", to.Path, err)
	}
	return saved, nil
}

// write writes the output in the form that the file's name asks for, and says how to check it.
func (r Recording) write(ctx context.Context, f *os.File) (surveyed, error) {
	if !r.Capture {
		return surveyed{content: r.Content}, copyContent(ctx, f, r.Content)
	}
	pcapng := IsPcapng(f.Name())
	found, err := survey(ctx, r.Content, pcapng)
	switch noPackets := errors.Is(err, pcap.ErrFormat) || err == nil && !found.started; {
	case noPackets && r.Content.Size() == 0:
		return found, hint.Add(errors.New("the capture is empty"), "the tool wrote nothing: its output says why")
	case noPackets && IsCapture(f.Name()):
		return found, hint.Add(fmt.Errorf("%w: %w", ErrForm, errors.Join(errNoPackets, err)), "save it under a name that does not end in .pcap or .pcapng: then it is as the tool wrote it")
	case noPackets:
		return surveyed{content: r.Content}, copyContent(ctx, f, r.Content)
	case err != nil:
		return found, err
	}
	if pcapng {
		return found, ofForm(r.writePcapng(ctx, f, &found))
	}
	return found, copyContent(ctx, f, found.content)
}

// ofForm makes an ErrForm of what is wrong with a pcapng, unless it is the disk's fault or nobody wants it any more: then any other
// form would fail as well.
func ofForm(err error) error {
	var disk *fs.PathError
	if err == nil || errors.As(err, &disk) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrForm, err)
}
