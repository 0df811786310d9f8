package tools

import (
	"errors"

	"github.com/fennec-project/podtracer/tools/spool"
)

// Close stops every run, waits for all runs and for all files being saved, and removes the output that was neither saved nor
// marked by Keep. After Close, no process that podtracer started is left.
func (r *Runs) Close() error {
	_, err := r.finish(func(*run) bool { return false })
	return err
}

// Leave stops every run like Close, but leaves unsaved output in the store, and returns the number of those runs. It is for an
// end that the person did not choose, such as a signal.
func (r *Runs) Leave() (left int, err error) {
	return r.finish(func(run *run) bool {
		state, _ := run.state.Get()
		empty := state.Bytes == 0 || state.Capture && state.Packets == 0 && !state.lost()
		return !empty && !run.saved.Load()
	})
}

// finish ends all runs and removes the output of those that are not wanted.
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

// end stops every run and waits for all of them. Nobody reads their lines any more.
func (r *Runs) end() {
	r.mu.Lock()
	r.closed = true
	for _, run := range r.runs {
		run.forget()
	}
	r.mu.Unlock()
	r.cancel(ErrAsked)
	r.running.Wait()
}

// closeTexts closes the text of every run and set, and the order of packets of a set, and so frees their disk space.
func (r *Runs) closeTexts() error {
	var errs []error
	for _, run := range r.runs {
		errs = append(errs, run.lines.Close())
	}
	for _, set := range r.sets {
		errs = append(errs, set.close())
	}
	return errors.Join(errs...)
}
