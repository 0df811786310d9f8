package agent

import (
	"context"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/tally"
)

// settling is how long nobody follows a tool that has ended before its console counts as lost: one that has all of the output follows no more
// either, and then says so.
const settling = 5 * time.Second

// attend stops a tool that nobody follows any more. When it has ended, its output is left to whoever fetches it, and later removed. It returns
// when the run is dropped.
func (s *Server) attend(id string, r *run) {
	r.followers.watch(r.ctx, s.StopAfter, func() { s.stop(r, fmt.Errorf("nobody followed it for %s", s.StopAfter)) })
	<-r.done
	s.work.Go(func() { // ends with r.kept
		r.followers.watch(r.kept, min(settling, s.StopAfter), func() { s.leave(r) })
	})
	r.followers.watch(r.kept, s.KeepFor, func() { s.forget(id, r) })
}

// leave leaves the output of a run to whoever fetches it with podtracer get. Its console may come back nevertheless. Output that cannot be left
// is there for the console alone.
func (s *Server) leave(r *run) {
	r.leaving.Lock()
	defer r.leaving.Unlock()
	written := r.written()
	if r.kept.Err() != nil || r.left.Load() != nil || written == nil {
		return
	}
	told := r.told()
	name, err := s.Dir.SetDown(written.file.Name(), report.Record{
		Pod: r.pod, Argv: r.argv, Created: r.began, Began: r.began, Ended: time.Now(), Over: true, Bytes: written.size(),
		Device: told.Device, Counters: told.Counters, Losses: lostWith(told.Counters),
	})
	if err == nil {
		r.left.Store(&name)
	}
}

// told is what a tool that captures has said of its capture.
func (r *run) told() (told tally.Told) {
	if r.err == nil {
		return told
	}
	const most = 1 << 20 // bytes that are read of what it has said, from its beginning and from its end
	reader := tally.NewReader(io.Discard, tally.NewBacklog(false, func(context.Context) bool { return false }), func(t tally.Told) { told = t })
	_, _ = io.Copy(reader, io.LimitReader(r.err.from(r.kept, 0), most)) // what cannot be read was not said
	if more := r.err.size() - most; more > 0 {
		_, _ = io.Copy(reader, r.err.from(r.kept, max(most, r.err.size()-most)))
	}
	reader.Flush()
	return told
}

// lostWith is what may be missing of a run whose podtracer was lost. A tool that was to stop may not have read all that had arrived.
func lostWith(c report.Counters) (losses []report.Loss) {
	if !c.Known {
		return []report.Loss{{Kind: report.LostWithUs, Detail: "podtracer was lost while it ran: the last output and the drops are not known"}}
	}
	losses = []report.Loss{{Kind: report.LostWithUs, Detail: "podtracer was lost while it ran: whether all that had arrived by then was read is not known"}}
	if c.KernelDropped > 0 {
		losses = append(losses, report.Loss{Kind: report.LostInKernel, Count: int64(c.KernelDropped), Detail: "dropped by the kernel"})
	}
	if c.InterfaceDropped > 0 {
		losses = append(losses, report.Loss{Kind: report.LostByInterface, Count: int64(c.InterfaceDropped), Detail: "dropped by the interface"})
	}
	return losses
}

// takeBack removes what was left of a run.
func (s *Server) takeBack(r *run) {
	r.leaving.Lock()
	defer r.leaving.Unlock()
	if name := r.left.Load(); name != nil {
		_ = s.Dir.TakeBack(*name) // if this fails, it goes with the helper
	}
}

func (s *Server) forget(id string, r *run) {
	s.mu.Lock()
	delete(s.runs, id)
	s.mu.Unlock()
	r.drop()
	s.takeBack(r)
	r.remove()
}

// about says what a run is, and how long it is kept if nobody follows it.
func (s *Server) about(r *run) *wire.Run {
	w := &wire.Run{Pod: r.pod.String(), Argv: r.argv, By: r.by, BeganUnix: r.began.Unix(), Ended: r.isOver(), Bytes: r.size()}
	if alone, _ := r.followers.state.Get(); alone.count == 0 && !alone.since.IsZero() {
		lasts := s.StopAfter
		if w.Ended {
			lasts = s.KeepFor
		}
		w.UntilUnix = alone.since.Add(lasts).Unix()
	}
	if name := r.left.Load(); name != nil && w.GetUntilUnix() != 0 {
		w.Kept = *name
	}
	return w
}

// Forget removes the output of a run that has ended.
func (s *Server) Forget(_ context.Context, q *wire.ForgetRequest) (*wire.ForgetReply, error) {
	id, r := s.named(q)
	switch {
	case r == nil:
		return &wire.ForgetReply{}, nil // the answer to the first request was lost
	case !r.isOver():
		return nil, status.Error(codes.FailedPrecondition, "the run has not ended")
	default:
		s.forget(id, r)
		return &wire.ForgetReply{}, nil
	}
}

// named finds a run by its id, or by what was left of it.
func (s *Server) named(q *wire.ForgetRequest) (string, *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.runs {
		if left := r.left.Load(); id == q.GetId() || q.GetKept() != "" && left != nil && *left == q.GetKept() {
			return id, r
		}
	}
	return "", nil
}
