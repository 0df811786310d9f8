package saving

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// All says what became of the captures to be saved before the console ends.
type All struct {
	Of    tools.List // these captures, as they were when that was asked for
	Saved []Saved
	Sets  []SavedSet
	Err   error  // why some could not be saved
	Fetch string // the commands that bring the files to the person's machine; "" if they are there
}

// Files are all files that were written.
func (a All) Files() (files []save.File) {
	for _, s := range a.Sets {
		files = append(files, s.All()...)
	}
	for _, s := range a.Saved {
		files = append(files, s.File.All()...)
	}
	return files
}

// Captures stops these captures, waits until all of them have ended, and saves those that hold something that is in no file, each in its
// usual place under a name that is free. Those of a set are saved as one, unless some of them were saved alone, or that fails.
func Captures(ctx context.Context, from Runs, captures tools.List, kept map[tools.RunID]save.File) (all All) {
	all.Of = captures
	ended, err := stopAll(ctx, from, captures)
	if err != nil {
		all.Err = err
		return all
	}
	inSets := map[tools.RunID]save.File{}
	for _, members := range wholeSets(ended, kept) {
		if s := saveSetAtHome(ctx, from, members); s.Err == nil {
			all.Sets = append(all.Sets, s)
			maps.Copy(inSets, s.Kept())
		}
	}
	for _, r := range ended {
		if _, saved := inSets[r.ID]; saved {
			continue
		}
		if UnsavedOf(tools.List{r}, kept).Captures() == 0 {
			continue
		}
		s := saveAtHome(ctx, from, r)
		if s.Err != nil {
			all.Err = errors.Join(all.Err, fmt.Errorf("run %d: %w", r.ID, s.Err))
			continue
		}
		all.Saved = append(all.Saved, s)
	}
	return all
}

// wholeSets are the sets with something to save, without those of which some runs were saved alone.
func wholeSets(ended tools.List, kept map[tools.RunID]save.File) (sets []tools.List) {
	bySet := map[tools.SetID]int{}
	for _, r := range ended {
		if r.Set == 0 {
			continue
		}
		if _, known := bySet[r.Set]; !known {
			bySet[r.Set] = len(sets)
			sets = append(sets, nil)
		}
		sets[bySet[r.Set]] = append(sets[bySet[r.Set]], r)
	}
	return slices.DeleteFunc(sets, func(members tools.List) bool {
		files := map[string]bool{}
		for _, r := range members {
			if r.Packets > 0 {
				files[kept[r.ID].Path] = true
			}
		}
		return len(members) < 2 || len(files) > 1 || UnsavedOf(members, kept).Captures() == 0
	})
}

const mostNumbered = 1000

// saveSetAtHome saves a set at its usual place, under the first name that is free.
func saveSetAtHome(ctx context.Context, from Runs, members tools.List) (s SavedSet) {
	for n := 1; n <= mostNumbered; n++ {
		s = Set(ctx, from, members[0].Set, save.Target{Path: save.Numbered(from.DefaultSetPath(members), n)})
		if !errors.Is(s.Err, newfile.ErrExists) {
			break
		}
	}
	return s
}

// saveAtHome saves a run at its usual place, under the first name that is free.
func saveAtHome(ctx context.Context, from Runs, r tools.State) (s Saved) {
	for n := 1; n <= mostNumbered; n++ {
		s = Run(ctx, from, r.ID, r.Capture, save.Target{Path: save.Numbered(from.DefaultPath(r), n)})
		if !errors.Is(s.Err, newfile.ErrExists) {
			break
		}
	}
	return s
}

// stopAll stops runs, and returns their states when all of them have ended.
func stopAll(ctx context.Context, from Runs, stop tools.List) (ended tools.List, err error) {
	for _, r := range stop {
		if r.Phase != tools.Ended {
			_ = from.Stop(r.ID) // a run that has ended meanwhile is no error here
		}
	}
	for seen := uint64(0); ; {
		list, version, err := from.Next(ctx, seen)
		if err != nil {
			return nil, err
		}
		seen, ended = version, nil
		for _, r := range list {
			if r.Phase == tools.Ended && slices.ContainsFunc(stop, func(s tools.State) bool { return s.ID == r.ID }) {
				ended = append(ended, r)
			}
		}
		if len(ended) == len(stop) {
			return ended, nil
		}
	}
}
