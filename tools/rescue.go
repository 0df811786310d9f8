package tools

import (
	"context"
	"errors"
	"os"

	"github.com/fennec-project/podtracer/tools/save"
)

// Rescue saves a run that could not be saved where it was wanted. The file goes to the data directory under a new name: as
// pcapng if wanted is one and the disk has room, else as the tool wrote it, which takes no extra room once the run has ended.
//
// Errors: why neither is possible. The caller can then use Keep.
func (r *Runs) Rescue(ctx context.Context, id RunID, wanted save.Target) (save.File, error) {
	run, done, err := r.hold(id)
	if err != nil {
		return save.File{}, err
	}
	defer done()
	var saved save.File
	state, _ := run.state.Get()
	if save.IsPcapng(wanted.Path) && state.Capture {
		saved, err = r.saveNumbered(ctx, id, r.DefaultPath(state))
		if err == nil {
			return saved, nil
		}
	}
	saved, linkErr := r.link(ctx, run, state)
	if linkErr == nil {
		run.saved.Store(true)
		return saved, nil
	}
	record := state.record("")
	saved, rawErr := r.saveNumbered(ctx, id, r.dir.Join(save.RawName(record)))
	if errors.Is(rawErr, save.ErrForm) { // not even the file header is there
		saved, rawErr = r.saveNumbered(ctx, id, r.dir.Join(save.BrokenName(record)))
	}
	if rawErr != nil {
		return save.File{}, errors.Join(err, rawErr)
	}
	return saved, nil
}

// Keep marks the output of a run to stay in the store when podtracer ends, and returns its ID in the store.
//
// Errors: ErrNoRun; the output does not exist any more.
func (r *Runs) Keep(id RunID) (string, error) {
	run, err := r.run(id)
	if err != nil {
		return "", err
	}
	if err := r.dir.CheckKept(int(id)); err != nil {
		return "", err
	}
	run.kept.Store(true)
	return r.dir.ID(int(id)), nil
}

// saveNumbered saves to path, or to the first numbered variant of path that is free.
func (r *Runs) saveNumbered(ctx context.Context, id RunID, path string) (saved save.File, err error) {
	_, err = save.Free(path, func(path string) error {
		saved, err = r.Save(ctx, id, save.Target{Path: path})
		return err
	})
	return saved, err
}

// link saves the spool of a run by giving it a second name (a hard link). It takes no room and no time.
//
// Errors: a spool of several files; a spool with bytes after its last whole packet, which a saved file must not have.
func (r *Runs) link(ctx context.Context, run *run, s State) (save.File, error) {
	if s.Ring.Size > 0 || s.Phase != Ended {
		return save.File{}, errors.ErrUnsupported
	}
	f, err := r.dir.Session().OpenFile(run.spool.Name(), os.O_RDONLY)
	if err != nil {
		return save.File{}, err
	}
	defer f.Close()
	c, release := run.spool.Pin()
	defer release()
	record := s.record("")
	saved, begun, err := save.Recording{Record: record, Content: c}.AsItIs(ctx, f)
	if err != nil {
		return save.File{}, err
	}
	base := save.RawName(record)
	if s.Capture && !begun {
		base = save.BrokenName(record)
	}
	if err := f.Sync(); err != nil {
		return save.File{}, err
	}
	name, err := save.Free(base, func(name string) error { return r.dir.Link(run.spool.Name(), name) })
	if err != nil {
		return save.File{}, err
	}
	saved.Path = r.dir.Join(name)
	return saved, nil
}
