package tools

import (
	"context"
	"errors"
	"fmt"
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

// Saved is a file that was saved and read back.
type Saved struct {
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

var errNoPackets = errors.New("what the tool wrote does not begin like a capture")

// IsCaptureName says whether a file is meant to have packets, by its name.
func IsCaptureName(name string) bool {
	extension := filepath.Ext(name)
	return extension == ".pcap" || extension == pcapngExtension
}

// Maker is who makes files.
type Maker struct {
	Names   Names  // nil: nobody knows whose addresses are whose
	Program string // what captures say made them: podtracer with its version
	Person  string // who runs it, as far as is known
}

// recording is what there is to be saved of a run.
type recording struct {
	report.Record
	Content spool.Content
	By      Maker
}

// Save makes a file of it. The file is made beside its place without a name or under a temporary one, synced, read back and
// compared packet by packet, and only then given its name: whoever sees the file sees all of it.
//
// Errors: newfile.ErrExists; what the file system says. Nothing is left behind then.
func (r recording) Save(ctx context.Context, to Target) (Saved, error) {
	saved := Saved{Path: to.Path, Partial: !r.Over, Verdict: r.Verdict()}
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
		return Saved{}, fmt.Errorf("save %s: %w", to.Path, err)
	}
	return saved, nil
}

// write writes the output in the form that the file's name asks for, and says how to check it.
func (r recording) write(ctx context.Context, f *os.File) (surveyed, error) {
	if !r.Capture {
		return surveyed{content: r.Content}, copyContent(ctx, f, r.Content)
	}
	pcapng := filepath.Ext(f.Name()) == pcapngExtension
	found, err := survey(ctx, r.Content, pcapng)
	switch noPackets := errors.Is(err, pcap.ErrFormat) || err == nil && !found.started; {
	case noPackets && r.Content.Size() == 0:
		return found, hint.Add(errors.New("the capture is empty"), "the tool wrote nothing: its output says why")
	case noPackets && IsCaptureName(f.Name()):
		return found, hint.Add(errors.Join(errNoPackets, err), "save it under a name that does not end in .pcap or .pcapng: then it is as the tool wrote it")
	case noPackets:
		return surveyed{content: r.Content}, copyContent(ctx, f, r.Content)
	case err != nil:
		return found, err
	}
	if pcapng {
		return found, r.writePcapng(ctx, f, &found)
	}
	return found, copyContent(ctx, f, found.content)
}
