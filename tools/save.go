package tools

import (
	"context"
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Save copies the output that a run has kept so far to a file: the whole packets of a capture, as the tool wrote them or as
// pcapng with names from Kubernetes; other output byte for byte. The copy is made in the target's directory, without a name or
// under a temporary one, synced, read back and compared packet by packet. Only then it gets its name: a file that can be seen is
// complete.
//
// Errors: ErrExists; errors of the file system. After an error, nothing is left behind.
func (r *Runs) Save(ctx context.Context, id RunID, to save.Target) (save.File, error) {
	run, done, err := r.hold(id)
	if err != nil {
		return save.File{}, err
	}
	defer done()
	if run.wasHandedOver() {
		return save.File{}, errHandedOver
	}
	record, c, release := run.recorded()
	defer release()
	saved, err := save.Recording{Record: record, Content: c, By: r.makerOf(run)}.Save(ctx, to)
	if err != nil {
		return saved, err
	}
	saved.Stream = run.keptStream(saved.Stream)
	_ = r.dir.NoteSaved(saved.Path) // otherwise it cannot be fetched, and podtracer get says so
	if !saved.Partial {
		run.saved.Store(true)
	}
	return saved, nil
}

// recorded returns what is known of the run, and its output until release is called. The output may contain more than the record
// knows, but never less: if the record says that the run has ended, all of its output is there.
func (r *run) recorded() (record report.Record, c spool.Content, release func()) {
	state, _ := r.state.Get()
	c, release = r.spool.Pin()
	return state.record(r.plan.Filter), c, release
}

// makerOf makes the saved files of a run. The stream of a capture that broke is kept once, however often the run is saved.
func (r *Runs) makerOf(run *run) save.Maker {
	by := r.deps.Maker
	if run.stream.Load() == nil {
		by.Streams = r.dir.Path()
	}
	return by
}

// keptStream returns the whole stream of a capture that broke: the one that was kept now, if any, or that was kept before.
func (r *run) keptStream(now *save.File) *save.File {
	if now != nil {
		r.stream.Store(now)
	}
	return r.stream.Load()
}

// SavedSet is what was saved of a set.
type SavedSet struct {
	save.Saved
	Runs []RunID // of which Parts are, in their order
}

// SaveSet copies the captures of a set, as far as they are kept so far, to one pcapng in the order of time. What holds for the file of a
// Save holds for it and for those of further link types. Runs that were handed over are not in it.
//
// Errors: ErrNoSet; a run that does not capture; those of save.Set.Save.
func (r *Runs) SaveSet(ctx context.Context, id SetID, to save.Target) (SavedSet, error) {
	_, members, done, err := r.holdSet(id)
	if err != nil {
		return SavedSet{}, err
	}
	defer done()
	members = slices.DeleteFunc(members, (*run).wasHandedOver)
	set := save.Set{By: r.deps.Maker}
	saved := SavedSet{}
	for _, run := range members {
		if !run.plan.Capture {
			return SavedSet{}, fmt.Errorf("run %d: %w", runID(run), errNoCapture)
		}
		record, c, release := run.recorded()
		defer release()
		set.Recordings = append(set.Recordings, save.Recording{Record: record, Content: c, By: r.makerOf(run)})
		saved.Runs = append(saved.Runs, runID(run))
	}
	if saved.Saved, err = set.Save(ctx, to); err != nil {
		return SavedSet{}, err
	}
	for _, file := range saved.Files {
		_ = r.dir.NoteSaved(file.Path) // otherwise it cannot be fetched, and podtracer get says so
	}
	for i, part := range saved.Parts {
		saved.Parts[i].Stream = members[i].keptStream(part.Stream)
		if part.Left == nil && !part.Partial {
			members[i].saved.Store(true)
		}
	}
	return saved, nil
}

// DefaultSetPath is the path to which the captures of a set are saved if nothing else was asked for.
func (r *Runs) DefaultSetPath(members []State) string {
	var records []report.Record
	for _, s := range members {
		records = append(records, s.record(""))
	}
	return r.dir.Join(save.SetName(records))
}

func runID(r *run) RunID {
	state, _ := r.state.Get()
	return state.ID
}
