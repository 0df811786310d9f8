package saving

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// SavedSet says how the captures of a set were saved.
type SavedSet struct {
	Set tools.SetID
	tools.SavedSet
	Alone []Saved // runs that do not begin like a capture, and were saved as the tool wrote them
	Err   error   // why nothing was saved, or one of these runs was not
	Fetch string  // the commands that bring the files to the person's machine; "" if they are there
}

// Set saves the captures of a set as one. A run that does not begin like a capture is kept in the data directory as the tool wrote it.
func Set(ctx context.Context, runs Runs, set tools.SetID, to save.Target) SavedSet {
	saved, err := runs.SaveSet(ctx, set, to)
	s := SavedSet{Set: set, SavedSet: saved, Err: err}
	for i, part := range saved.Parts {
		if !errors.Is(part.Left, save.ErrForm) {
			continue
		}
		kept, err := runs.Rescue(ctx, saved.Runs[i], save.Target{})
		if err != nil {
			s.Err = errors.Join(s.Err, fmt.Errorf("run %d: %w", saved.Runs[i], errors.Join(part.Left, err)))
			continue
		}
		s.Alone = append(s.Alone, Saved{ID: saved.Runs[i], File: kept, Instead: part.Left})
	}
	return s
}

// Kept are the files that the runs of the set are in now.
func (s SavedSet) Kept() map[tools.RunID]save.File {
	kept := map[tools.RunID]save.File{}
	for i, part := range s.Parts {
		if part.Left == nil {
			kept[s.Runs[i]] = part.File
		}
	}
	for _, alone := range s.Alone {
		kept[alone.ID] = alone.File
	}
	return kept
}

// String says how much was saved, and the verdict of all.
func (s SavedSet) String() string {
	pods, packets, bytes, going := 0, int64(0), int64(0), 0
	for _, part := range s.Parts {
		if part.Left == nil {
			pods++
		}
		if part.Partial {
			going++
		}
	}
	for _, file := range s.Files {
		packets, bytes = packets+file.Packets, bytes+file.Bytes
	}
	text := "saved " + figures.Plural(pods, "pod") + ", " + figures.Plural(packets, "packet") + ", " + figures.Bytes(bytes)
	if going > 0 {
		text += " so far (" + figures.Count(going) + " still running)"
	}
	if worth := s.Verdict.String(); worth != "" {
		text += ", " + worth
	}
	return text
}

// Good says whether nothing is missing, and all is in one file.
func (s SavedSet) Good() bool {
	return s.Err == nil && s.Verdict.Kind != report.Incomplete && len(s.Files) == 1 && len(s.Alone) == 0
}

// Others says what is in other files than the first.
func (s SavedSet) Others() (texts []string) {
	for _, file := range s.Files[min(1, len(s.Files)):] {
		texts = append(texts, figures.Plural(file.Packets, "packet")+" of another link type: "+filepath.Base(file.Path)+"  sha256 "+file.SHA256)
	}
	for _, part := range s.Parts {
		if part.Stream != nil {
			texts = append(texts, wholeStream+part.Stream.Path)
		}
	}
	for _, alone := range s.Alone {
		texts = append(texts, "as the tool wrote it: "+alone.File.Path+": "+alone.Instead.Error())
	}
	return texts
}
