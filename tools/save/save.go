// Package save writes the output of a run to a file: as the tool wrote it, or as pcapng with what Kubernetes knows.
//
// A file is written without a name, synced, read back and compared packet by packet, and only then gets its name: a file that can be
// seen is complete, even if podtracer is killed meanwhile. What is lossy: bytes after the last whole packet of a capture are not
// saved, as the Verdict says.
//
// It reads pinned content, blocks as the disk does, and starts no goroutine.
//
// Start reading at Recording, which is saved to a Target by a Maker as a File; Name makes default names.
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
	Path      string // a capture becomes pcapng if it ends in .pcapng; else the stream is saved as the tool wrote it
	Overwrite bool   // replace an existing file
	Align     bool   // pcapng: the times are corrected by how far the clocks of the nodes are from podtracer's
}

// File is a file that was saved and read back.
type File struct {
	Path    string
	Bytes   int64
	Packets int64 // of a capture
	SHA256  string
	Verdict report.Verdict // of a capture
	Partial bool           // the run goes on: this is its output so far
	Stream  *File          // all that the tool wrote, kept beside the packets because the capture broke; nil if it did not
}

// Names tells which names addresses have, or had at a time. An error says why some are missing.
type Names interface {
	Names(ctx context.Context, addrs []netip.Addr, at time.Time) (*k8s.Names, error)
}

// ErrForm says that the output cannot be saved in the requested form, whatever the place; it can be saved as the tool wrote it.
var ErrForm = errors.New("it cannot be saved in that form")

var (
	errNoPackets = errors.New("what the tool wrote does not begin like a capture")
	errEmpty     = errors.New("the capture is empty")
)

// IsCapture says whether a file is meant to contain packets, by its name.
func IsCapture(name string) bool {
	return filepath.Ext(name) == ".pcap" || IsPcapng(name)
}

// IsPcapng says whether a capture is saved as pcapng under a name.
func IsPcapng(name string) bool { return filepath.Ext(name) == pcapngExtension }

// Maker is what all saved files have in common.
type Maker struct {
	Names   Names  // nil: names are not known
	Program string // the program named in captures: podtracer with its version
	Person  string // the person who runs podtracer, as far as is known
	Streams string // the directory where the stream of a capture that broke is kept whole; "": nowhere
}

// Recording is the output of a run, ready to be saved.
type Recording struct {
	report.Record
	Content spool.Content
	By      Maker
}

// Save writes the recording to a file. The file is written in the target's directory, without a name or under a temporary one, synced,
// read back and compared packet by packet. Only then it gets its name: a file that can be seen is complete. The stream of a capture that
// broke is kept whole beside it.
//
// Errors: newfile.ErrExists; ErrForm; errors of the file system. After an error, nothing is left behind.
func (r Recording) Save(ctx context.Context, to Target) (File, error) {
	saved := File{Path: to.Path, Partial: !r.Over, Verdict: r.Verdict()}
	err := newfile.Write(to.Path, to.Overwrite, func(f *os.File) error {
		found, same, err := r.write(ctx, f, to.Align)
		if err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		saved.Packets = found.packets
		if saved.Bytes, saved.SHA256, err = check(ctx, f, same); err != nil {
			return err
		}
		saved.Stream, err = r.keepStream(ctx, found)
		return err
	})
	if err != nil {
		saved.dropStream()
		return File{}, fmt.Errorf("save %s: %w", to.Path, err)
	}
	return saved, nil
}

// write writes the output in the form that the file's name asks for. It returns what was found in a capture, and what compares the file
// with the output.
func (r Recording) write(ctx context.Context, f *os.File, align bool) (found surveyed, same comparing, err error) {
	if !r.Capture {
		return found, sameBytes(r.Content), copyContent(ctx, f, r.Content)
	}
	file := &pcapngFile{by: r.By, comments: []string{r.origin(), "verdict: " + r.Verdict().String()}, align: align}
	pcapng, addresses := IsPcapng(f.Name()), nobodyAsks
	if pcapng {
		addresses = func(pcap.Header) *addressSet { return &file.addrs }
	}
	found, err = r.survey(ctx, addresses)
	switch {
	case errors.Is(err, errNoPackets) && !IsCapture(f.Name()):
		return found, sameBytes(r.Content), copyContent(ctx, f, r.Content)
	case errors.Is(err, errNoPackets):
		return found, nil, hint.Add(err, "save it under a name that does not end in .pcap or .pcapng, to keep it as the tool wrote it")
	case err != nil:
		return found, nil, err
	case !pcapng:
		return found, sameBytes(found.content), copyContent(ctx, f, found.content)
	}
	file.parts = []part{{Recording: r, found: found, device: r.deviceName()}}
	if len(r.Clock) > 0 && !r.Clock.Own() {
		file.comments = append(file.comments, file.clocks()...)
	}
	written, err := file.write(ctx, f)
	return found, samePackets(file, written), ofForm(err)
}

// survey goes through the capture.
//
// Errors: ErrForm and errNoPackets if it does not begin like one; errEmpty; a spool that cannot be read.
func (r Recording) survey(ctx context.Context, addresses addressesOf) (surveyed, error) {
	found, err := survey(ctx, r.Content, addresses)
	switch noPackets := errors.Is(err, pcap.ErrFormat) || err == nil && !found.started; {
	case noPackets && r.Content.Size() == 0 && r.Lost():
		return found, hint.Add(errEmpty, r.Verdict().String())
	case noPackets && r.Content.Size() == 0:
		return found, hint.Add(errEmpty, "the tool wrote nothing: its output says why")
	case noPackets:
		return found, fmt.Errorf("%w: %w", ErrForm, errors.Join(errNoPackets, err))
	default:
		return found, err
	}
}

// ofForm turns an error of writing a pcapng into an ErrForm, unless the disk or ctx is the reason: any other form would then fail,
// too.
func ofForm(err error) error {
	var disk *fs.PathError
	if err == nil || errors.As(err, &disk) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrForm, err)
}
