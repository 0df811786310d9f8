package save

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
)

// Set is the captures of runs that belong together, ready to be saved as one capture in the order of time.
type Set struct {
	Recordings []Recording
	By         Maker
}

// Saved is what was saved of a set.
type Saved struct {
	Files   []File // one for each link type; the first has the name that was asked for
	Parts   []Part // one for each recording, in their order
	Verdict report.Verdict
}

// Part is what was saved of one run of a set.
type Part struct {
	File       // what it says of this run; Bytes and SHA256 are not known of a part
	Left error // why nothing of it is in a file; File is then empty
}

// CheckSet says whether a set can be saved under a name.
//
// Errors: a name that does not end in .pcapng, with a hint.
func CheckSet(name string) error {
	if IsPcapng(name) {
		return nil
	}
	err := fmt.Errorf("%w: only a pcapng has room for the packets of several pods", ErrForm)
	return hint.Add(err, "use a name that ends in .pcapng, or save each run in a file of its own")
}

// Save writes the captures to one pcapng with an interface for each, in the order of time as pcap.Merger defines it. libpcap and Zeek
// refuse a file with several link types, so the captures of each further one go to a file of their own, NAME-TYPE.pcapng. All files are
// written, synced, read back and compared before any gets its name. All times are those of the clocks of the pods' nodes, or with
// Target.Align those of podtracer's.
//
// The stream of a capture that broke is kept whole beside them. A capture of which nothing came, or that does not begin like one, is in no file: its Part says why. Then the verdict of all is
// INCOMPLETE.
//
// Errors: those of CheckSet; newfile.ErrExists; nothing came of any capture; errors of the file system. After an error nothing is left
// behind, unless somebody else makes a file of the name meanwhile: then those of the further link types are there.
func (s Set) Save(ctx context.Context, to Target) (Saved, error) {
	saved, err := s.save(ctx, to)
	if err != nil {
		return Saved{}, fmt.Errorf("save %s: %w", to.Path, err)
	}
	return saved, nil
}

func (s Set) save(ctx context.Context, to Target) (Saved, error) {
	if err := CheckSet(to.Path); err != nil {
		return Saved{}, err
	}
	w := setWriter{set: s, to: to, saved: Saved{Parts: make([]Part, len(s.Recordings))}}
	if err := w.sort(ctx); err != nil {
		return Saved{}, err
	}
	if err := w.checkNames(); err != nil {
		return Saved{}, err
	}
	w.judge()
	w.comment()
	if err := w.write(ctx, nil); err != nil {
		for _, part := range w.saved.Parts {
			part.dropStream()
		}
		return Saved{}, err
	}
	return w.saved, nil
}

// setWriter writes a set.
type setWriter struct {
	set    Set
	to     Target
	groups []*linkGroup // in the order in which their first runs stand
	saved  Saved
}

// linkGroup is the runs of a set that have the same link type.
type linkGroup struct {
	link    uint32
	path    string
	file    pcapngFile
	members []int // of the set's recordings
}

// sort goes through the captures and sorts them by link type.
//
// Errors: nothing came of any capture; a spool that cannot be read.
func (w *setWriter) sort(ctx context.Context) error {
	var left []error
	for i, r := range w.set.Recordings {
		var g *linkGroup
		found, err := r.survey(ctx, func(h pcap.Header) *addressSet {
			g = w.group(h.LinkType)
			return &g.file.addrs
		})
		switch {
		case errors.Is(err, errEmpty), errors.Is(err, errNoPackets):
			w.saved.Parts[i].Left = err
			left = append(left, fmt.Errorf("%s: %w", r.Pod, err))
		case err != nil:
			return fmt.Errorf("%s: %w", r.Pod, err)
		default:
			g.add(i, r, found)
		}
	}
	if len(w.groups) == 0 {
		return cmp.Or(errors.Join(left...), errEmpty)
	}
	return nil
}

// group returns the group of a link type.
func (w *setWriter) group(link uint32) *linkGroup {
	for _, g := range w.groups {
		if g.link == link {
			return g
		}
	}
	g := &linkGroup{link: link, path: w.to.Path, file: pcapngFile{by: w.set.By, align: w.to.Align}}
	if len(w.groups) > 0 {
		extension := filepath.Ext(g.path)
		g.path = strings.TrimSuffix(g.path, extension) + "-" + pcap.LinkName(link) + extension
	}
	w.groups = append(w.groups, g)
	return g
}

// add adds a run, which is number i in the set.
func (g *linkGroup) add(i int, r Recording, found surveyed) {
	p := part{Recording: r, found: found, device: r.Pod.String() + ":" + r.deviceName(), comments: []string{r.origin(), "verdict: " + r.Verdict().String()}}
	if !r.Over {
		p.comments = append(p.comments, "it went on when this file was saved")
	}
	if found.older > 0 {
		p.comments = append(p.comments, "packets that are older than the one before them: "+figures.Count(found.older))
	}
	g.file.parts, g.members = append(g.file.parts, p), append(g.members, i)
}

// judge judges the runs together. Those of which nothing came count as a loss.
func (w *setWriter) judge() {
	var verdicts []report.Verdict
	for i, r := range w.set.Recordings {
		verdict := r.Verdict()
		if left := w.saved.Parts[i].Left; left != nil && verdict.Kind == report.NoVerdict {
			verdict = report.Nothing(r.Pod.String(), inALine(left))
		}
		verdicts = append(verdicts, verdict)
	}
	w.saved.Verdict = report.OfAll(verdicts...)
}

// comment says in each file what it contains, and where the rest is.
func (w *setWriter) comment() {
	for _, g := range w.groups {
		g.file.comments = []string{
			figures.Plural(len(g.members), "pod") + " in the order of time; a packet that is older than the one before it in its pod follows that one at once",
			"verdict: " + w.saved.Verdict.String(),
		}
		g.file.comments = append(g.file.comments, g.file.clocks()...)
		for _, other := range w.groups {
			if other != g {
				g.file.comments = append(g.file.comments, inFile(other.path)+pcap.LinkName(other.link)+": "+strings.Join(other.pods(), ", "))
			}
		}
		for i, part := range w.saved.Parts {
			if part.Left != nil {
				g.file.comments = append(g.file.comments, fmt.Sprintf("in no file: %s, because %s", w.set.Recordings[i].Pod, inALine(part.Left)))
			}
		}
	}
}

// inALine is the text of an error that may have several lines.
func inALine(err error) string { return strings.ReplaceAll(err.Error(), "\n", ": ") }

func (g *linkGroup) pods() (names []string) {
	for _, p := range g.file.parts {
		names = append(names, p.Pod.String())
	}
	return names
}

// checkNames checks several names before anything is written, so that a person learns of all files that are there already. Of those that
// the person has not named, only one that an earlier set of that name has made is replaced.
func (w *setWriter) checkNames() error {
	if len(w.groups) == 1 {
		return nil // newfile checks it
	}
	var errs []error
	for _, g := range w.groups {
		place, err := newfile.Find(g.path)
		if err != nil {
			return err
		}
		if place.Info != nil && !(w.to.Overwrite && (g == w.groups[0] || isFurther(place, w.groups[0].path))) {
			errs = append(errs, fmt.Errorf("%w: %s", newfile.ErrExists, filepath.Base(g.path)))
		}
		place.Close()
	}
	if len(errs) == 0 {
		return nil
	}
	return hint.Add(errors.Join(errs...), "choose another name")
}

// isFurther says whether a file was made for a further link type of the set in a file of that path.
func isFurther(place *newfile.Place, path string) bool {
	f, err := place.Open()
	if err != nil {
		return false
	}
	defer f.Close()
	file, err := pcap.NewNGReader(f)
	return err == nil && slices.ContainsFunc(file.Section().Comments, func(comment string) bool {
		return strings.HasPrefix(comment, inFile(path))
	})
}

// inFile begins a comment that says where the captures of another link type are.
func inFile(path string) string {
	return "in " + filepath.Base(path) + ", as a file has one link type and theirs is "
}

// write opens a file for each group, writes all of them, and then gives them their names, the one that was asked for last. files are
// those that are open.
func (w *setWriter) write(ctx context.Context, files []*os.File) error {
	if len(files) < len(w.groups) {
		return newfile.Write(w.groups[len(files)].path, w.to.Overwrite, func(f *os.File) error { return w.write(ctx, append(files, f)) })
	}
	for i, g := range w.groups {
		file, err := g.write(ctx, files[i])
		if err != nil {
			return err
		}
		w.saved.Files = append(w.saved.Files, file)
		for n, p := range g.file.parts {
			part := &w.saved.Parts[g.members[n]]
			part.File = File{Path: g.path, Packets: p.found.packets, Verdict: p.Verdict(), Partial: !p.Over}
			if part.Stream, err = p.keepStream(ctx, p.found); err != nil {
				return err
			}
		}
	}
	return nil
}

// write writes a file and reads it back.
func (g *linkGroup) write(ctx context.Context, f *os.File) (saved File, err error) {
	written, err := g.file.write(ctx, f)
	if err != nil {
		return File{}, ofForm(err)
	}
	if err := f.Sync(); err != nil {
		return File{}, err
	}
	saved.Path = g.path
	var verdicts []report.Verdict
	for _, p := range g.file.parts {
		verdicts = append(verdicts, p.Verdict())
		saved.Packets += p.found.packets
		saved.Partial = saved.Partial || !p.Over
	}
	saved.Verdict = report.OfAll(verdicts...)
	saved.Bytes, saved.SHA256, err = check(ctx, f, samePackets(&g.file, written))
	return saved, err
}
