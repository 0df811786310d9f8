package tools

import (
	"context"

	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
)

// Save copies the output that a run has kept so far to a file: the whole packets of a capture, as the tool wrote them or as
// pcapng with names from Kubernetes; other output byte for byte. The copy is made in the target's directory, without a name or
// under a temporary one, synced, read back and compared packet by packet. Only then it gets its name: a file that can be seen is
// complete.
//
// Errors: ErrExists; errors of the file system. After an error, nothing is left behind.
func (r *Runs) Save(ctx context.Context, id RunID, to save.Target) (save.File, error) {
	run, done, err := r.hold(id)
	if err != nil {
		return save.File{}, err
	}
	defer done()
	if run.wasHandedOver() {
		return save.File{}, errHandedOver
	}
	record, c, release := run.recorded()
	defer release()
	saved, err := save.Recording{Record: record, Content: c, By: r.makerOf(run)}.Save(ctx, to)
	if err != nil {
		return saved, err
	}
	saved.Stream = run.keptStream(saved.Stream)
	_ = r.dir.NoteSaved(saved.Path) // otherwise it cannot be fetched, and podtracer get says so
	if !saved.Partial {
		run.saved.Store(true)
	}
	return saved, nil
}

// recorded returns what is known of the run, and its output until release is called. The output may contain more than the record
// knows, but never less: if the record says that the run has ended, all of its output is there.
func (r *run) recorded() (record report.Record, c spool.Content, release func()) {
	state, _ := r.state.Get()
	c, release = r.spool.Pin()
	return state.record(r.plan.Filter), c, release
}

// makerOf makes the saved files of a run. The stream of a capture that broke is kept once, however often the run is saved.
func (r *Runs) makerOf(run *run) save.Maker {
	by := r.deps.Maker
	if run.stream.Load() == nil {
		by.Streams = r.dir.Path()
	}
	return by
}

// keptStream returns the whole stream of a capture that broke: the one that was kept now, if any, or that was kept before.
func (r *run) keptStream(now *save.File) *save.File {
	if now != nil {
		r.stream.Store(now)
	}
	return r.stream.Load()
}
