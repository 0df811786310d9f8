package tools

import (
	"context"
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

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
