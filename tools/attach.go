package tools

import (
	"context"
	"io"
)

// viewer says whether a person watches a tool that has a whole terminal, and up to which offset the output has been shown.
type viewer struct {
	there  bool
	offset int64
}

// mostAhead is how many bytes a tool may write ahead of the screen before it has to wait. A key that interrupts the tool then
// stops what is on the screen soon, and a shell that prints without end does not fill the disk.
const mostAhead = 64 << 10

// Attach writes the output of a run with a whole terminal to w as it comes, starting at an offset in bytes, until ctx or the
// output ends. While Attach runs, the tool is slowed down to the speed of w.
//
// Errors: ErrNoRun, errors of w, the error of ctx.
func (r *Runs) Attach(ctx context.Context, id RunID, from int64, w io.Writer) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	defer run.viewer.Set(viewer{})
	_, err = io.Copy(w, run.spool.FollowFrom(ctx, from, func(offset int64) { run.viewer.Set(viewer{true, offset}) }))
	return err
}

// keepPace waits while the tool is more than mostAhead bytes ahead of the viewer. Without a viewer it returns at once.
func (r *run) keepPace(ctx context.Context) {
	for {
		v, version := r.viewer.Get()
		if !v.there || r.spool.Size()-v.offset <= mostAhead {
			return
		}
		if _, _, err := r.viewer.Next(ctx, version); err != nil {
			return
		}
	}
}
