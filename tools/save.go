package tools

import (
	"context"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
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
	record, c, release := run.recorded()
	defer release()
	saved, err := save.Recording{Record: record, Content: c, By: r.deps.Maker}.Save(ctx, to)
	if err == nil && !saved.Partial {
		run.saved.Store(true)
	}
	return saved, err
}

// recorded is what is known of the run, and its output until release is called. What comes meanwhile may be in the output and not
// be known, but never the other way round: of a run that is over, all of the output is there.
func (r *run) recorded() (record report.Record, c spool.Content, release func()) {
	state, _ := r.state.Get()
	c, release = r.spool.Pin()
	return state.record(r.plan.Filter), c, release
}
