package tools

import (
	"errors"

	"github.com/fennec-project/podtracer/tools/spool"
)

// Close stops every run, waits for all of them and for what is being saved, and removes what was not saved, but for what is
// kept (Keep). After it no process of ours is left.
func (r *Runs) Close() error {
	_, err := r.finish(func(*run) bool { return false })
	return err
}

// Leave closes, too, but leaves the output that was not saved in the store, and says of how many runs that is: for an end that
// nobody has chosen.
func (r *Runs) Leave() (left int, err error) {
	return r.finish(func(run *run) bool {
		state, _ := run.state.Get()
		empty := state.Bytes == 0 || state.Capture && state.Packets == 0 && !state.lost()
		return !empty && !run.saved.Load()
	})
}

// finish ends all runs, and removes the output of those that nobody wants.
func (r *Runs) finish(wanted func(*run) bool) (left int, err error) {
	r.end()
	errs := []error{r.closeTexts()}
	var unwanted []*spool.File
	for i, run := range r.runs {
		if !run.kept.Load() && !wanted(run) {
			unwanted = append(unwanted, run.spool)
			continue
		}
		errs = append(errs, run.spool.Sync())
		if err := r.dir.CheckKept(i + 1); err != nil {
			errs = append(errs, err)
		} else {
			left++
		}
		run.spool.Close()
	}
	return left, errors.Join(append(errs, r.dir.Close(unwanted))...)
}

// end stops every run and waits for all of them.
func (r *Runs) end() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel(ErrAsked)
	r.running.Wait()
}

// closeTexts gives the disk back that texts are on.
func (r *Runs) closeTexts() error {
	var errs []error
	for _, run := range r.runs {
		errs = append(errs, run.lines.Close())
	}
	for _, set := range r.sets {
		errs = append(errs, set.Close())
	}
	return errors.Join(errs...)
}
