package tools

import (
	"context"

	"github.com/fennec-project/podtracer/tools/save"
)

// Save copies what was kept of a run so far to a file: of a capture the whole packets, as the stream that the tool wrote or
// as pcapng with what Kubernetes knows; anything else byte for byte. The copy is made beside its place without a name or
// under a temporary one, synced, read back and compared packet by packet, and only then given its name: whoever sees the
// file sees all of it.
//
// Errors: ErrExists; what the file system says. Nothing is left behind then.
func (r *Runs) Save(ctx context.Context, id RunID, to save.Target) (save.File, error) {
	run, done, err := r.hold(id)
	if err != nil {
		return save.File{}, err
	}
	defer done()
	c, release := run.spool.Pin()
	defer release()
	state, _ := run.state.Get()
	saved, err := save.Recording{Record: state.record(run.plan.Filter), Content: c, By: r.deps.Maker}.Save(ctx, to)
	if err == nil && !saved.Partial {
		run.saved.Store(true)
	}
	return saved, err
}
