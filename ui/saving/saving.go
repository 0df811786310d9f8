// Package saving is how output gets from the console into files: the prompt, what of the captures is in no file yet, and saving all of
// it before the console ends.
package saving

import (
	"context"
	"errors"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

// Runs are the runs whose output is saved.
type Runs interface {
	Stop(tools.RunID) error
	Next(ctx context.Context, seen uint64) (tools.List, uint64, error)
	Save(ctx context.Context, id tools.RunID, to save.Target) (save.File, error)
	Rescue(ctx context.Context, id tools.RunID, wanted save.Target) (save.File, error)
	DefaultPath(tools.State) string
	SaveSet(ctx context.Context, set tools.SetID, to save.Target) (tools.SavedSet, error)
	DefaultSetPath(members []tools.State) string
}

// Saved says how the output of a run was saved.
type Saved struct {
	ID      tools.RunID
	File    save.File
	Capture bool   // packets were saved
	Err     error  // why nothing was
	Instead error  // why it does not have the wanted form, but was saved as the tool wrote it
	Fetch   string // the command that brings the file to the person's machine; "" if it is there
}

// wholeStream says where the stream of a capture that broke is.
const wholeStream = "all that came, also behind the break: "

// Beside says what is not as it was asked for, or is in a file beside that.
func (s Saved) Beside() (texts []string) {
	if s.Instead != nil {
		texts = append(texts, "as the tool wrote it: "+s.Instead.Error())
	}
	if s.File.Stream != nil {
		texts = append(texts, wholeStream+s.File.Stream.Path)
	}
	return texts
}

// String says how much was saved, and its verdict.
func (s Saved) String() string {
	what := figures.Bytes(s.File.Bytes)
	if s.Capture {
		what = figures.Plural(s.File.Packets, "packet") + ", " + what
	}
	if s.File.Partial {
		what += " so far (still running)"
	}
	if worth := s.File.Verdict.String(); worth != "" {
		what += ", " + worth
	}
	return "saved " + what
}

// Run saves a run. What cannot have the form that was asked for is kept in the data directory as the tool wrote it.
func Run(ctx context.Context, runs Runs, id tools.RunID, capture bool, to save.Target) Saved {
	saved, err := runs.Save(ctx, id, to)
	if !errors.Is(err, save.ErrForm) {
		return Saved{ID: id, File: saved, Capture: capture, Err: err}
	}
	kept, rescueErr := runs.Rescue(ctx, id, save.Target{})
	if rescueErr != nil {
		return Saved{ID: id, Capture: capture, Err: errors.Join(err, rescueErr)}
	}
	return Saved{ID: id, File: kept, Capture: capture && kept.Packets > 0, Instead: err}
}
