package tools

import (
	"context"
	"io"
)

// viewer is whoever sits before a tool with a whole terminal, and how far the output has come to the screen.
type viewer struct {
	there  bool
	offset int64
}

// mostAhead is how far a tool may write ahead of the screen before it waits, as it would for a terminal of its own: what is
// interrupted by a key is then soon off the screen, and a shell that prints without end does not fill the disk.
const mostAhead = 64 << 10

// Attach writes the output of a run with a whole terminal to w as it comes, from an offset on, until ctx or the output ends.
// Meanwhile the tool goes no faster than w.
//
// Errors: ErrNoRun, those of w, and that of ctx.
func (r *Runs) Attach(ctx context.Context, id RunID, from int64, w io.Writer) error {
	run, err := r.run(id)
	if err != nil {
		return err
	}
	defer run.viewer.Set(viewer{})
	_, err = io.Copy(w, run.spool.FollowFrom(ctx, from, func(offset int64) { run.viewer.Set(viewer{true, offset}) }))
	return err
}

// keepPace waits until the viewer, if one is there, has seen nearly all.
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
