package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/agent/wire"
)

// errDiffers says that the output that arrived differs from the tool's.
var errDiffers = errors.New("the output that arrived from the helper differs from what the tool wrote there")

// follow fetches the tool's output and passes its events on, until the tool has ended and all output has arrived. The end of asked is to
// stop the tool: from then on, no more comes than the tool has written.
//
// Errors: an outage that was too long; output that differs from the tool's, or does not end.
func (r *remote) follow(asked, ctx context.Context) (*wire.Ended, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	out, err := newReception(resource(r.id, "out"), r.streams.Stdout), (*reception)(nil)
	out.main = true
	if r.streams.Stderr != nil {
		err = newReception(resource(r.id, "err"), r.streams.Stderr)
	}
	var fetching, bounding sync.WaitGroup
	fetched, done := context.WithCancel(ctx)
	defer bounding.Wait()
	defer done()
	for _, stream := range []*reception{out, err} {
		if stream == nil {
			continue
		}
		fetching.Go(func() { // ends with the stream, or with ctx
			if failed := r.fetch(ctx, stream); failed != nil {
				stop(failed)
			}
		})
		bounding.Go(func() { r.bound(asked, fetched, stream) }) // ends with fetched
	}
	ended, failed := r.watch(ctx)
	if failed != nil {
		stop(failed)
	} else {
		out.ends(ended.GetOut())
		err.ends(ended.GetErr())
		close(r.over)
		if r.streams.Over != nil {
			r.streams.Over()
		}
	}
	fetching.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return ended, errors.Join(out.check(ended.GetOut()), err.check(ended.GetErr()))
}

// reception receives one stream.
type reception struct {
	name   string
	main   bool // by which it is known how far the console is behind
	to     io.Writer
	at     int64        // offset of the next byte
	got    atomic.Int64 // the same, for others
	may    allowance
	packed *unsqueezer // nil: the messages are never compressed
	sum    hash.Hash
}

func newReception(name string, to io.Writer) *reception {
	return &reception{name: name, to: to, sum: sha256.New()}
}

// take checks a message and writes its data.
func (s *reception) take(message []byte) error {
	data, err := unsealed(message)
	if err == nil && s.packed != nil {
		data, err = s.packed.of(data)
	}
	if err != nil {
		return err
	}
	_, _ = s.to.Write(data) // the writer keeps its error; the tool must not stand still for it
	s.sum.Write(data)       // never fails
	s.at += int64(len(data))
	s.got.Store(s.at)
	return nil
}

// ends notes how the agent says that the stream ends.
func (s *reception) ends(as *wire.Stream) {
	if s != nil {
		s.may.ends(as.GetSize())
	}
}

// check compares the stream that arrived with the one that was sent.
func (s *reception) check(want *wire.Stream) error {
	switch {
	case s == nil:
		return nil
	case want.GetSize() != s.at, !bytes.Equal(want.GetSha256(), s.sum.Sum(nil)):
		return fmt.Errorf("%w: %d bytes of %d", errDiffers, s.at, want.GetSize())
	case want.GetBroken() != "":
		return fmt.Errorf("the helper could not keep what the tool wrote: %s", printable.Line(want.GetBroken()))
	default:
		return nil
	}
}

// fetch receives a stream to its end, over as many connections as it takes.
func (r *remote) fetch(ctx context.Context, s *reception) error {
	var packed unsqueezer
	defer packed.close()
	return r.resume(ctx, func() error {
		if err := r.measure(ctx, s); err != nil {
			return err
		}
		from, err := r.link.bytes.Read(accepting(ctx), &bytestream.ReadRequest{ResourceName: s.name, ReadOffset: s.at})
		for message := (&bytestream.ReadResponse{}); err == nil; { // whose memory is used again
			if err = from.RecvMsg(message); err == nil {
				s.packed = packed.fits(from)
				before := s.at
				if err = s.take(message.GetData()); s.at > before {
					r.hears()
				}
				if err == nil {
					err = s.may.check(s.at)
				}
			}
			if s.main {
				r.away.got(s.at)
			}
		}
		if s.main && broken(err) {
			r.away.lost(r.link.lostSince())
		}
		return err
	})
}

// measure asks how much was written while the tool could not be reached.
func (r *remote) measure(ctx context.Context, s *reception) error {
	if !s.main || !r.away.unreached() {
		return nil
	}
	reply, err := r.link.bytes.QueryWriteStatus(ctx, &bytestream.QueryWriteStatusRequest{ResourceName: s.name})
	if err == nil {
		r.away.reached(s.at, reply.GetCommittedSize())
	}
	return err
}

// watch passes on what happens to the tool, up to its end, behind which nothing counts.
func (r *remote) watch(ctx context.Context) (ended *wire.Ended, err error) {
	var seen uint64
	err = r.resume(ctx, func() error {
		events, err := r.link.agent.Watch(ctx, &wire.WatchRequest{Id: r.id, From: seen})
		for err == nil {
			var e *wire.Event
			if e, err = events.Recv(); err == nil {
				seen++
				if ended = e.GetEnded(); ended != nil {
					return io.EOF
				}
				r.tell(e)
			}
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case ended == nil:
		return nil, fmt.Errorf("the helper on node %s does not say how the tool ended", r.node)
	case !r.started && ended.GetFailure() == nil && (!ended.GetStopped() || ended.GetOut().GetSize() != 0 || ended.GetErr().GetSize() != 0):
		return nil, fmt.Errorf("the helper on node %s says that the tool has ended, but not that it began", r.node)
	default:
		return ended, nil
	}
}

// tell passes an event on. A tool starts once and is stopped once: each would begin a time anew.
func (r *remote) tell(e *wire.Event) {
	s := r.streams
	switch {
	case e.GetStarted() != nil && !r.started && !r.stopping:
		if r.started = true; s.Started != nil {
			s.Started()
		}
	case e.GetStopping() != nil && !r.stopping:
		if r.stopping = true; s.Stopping != nil {
			s.Stopping()
		}
	case e.GetRenewed() != nil && s.Renewed != nil:
		s.Renewed()
	case e.GetNotice() != "" && s.Notice != nil:
		s.Notice(printable.Line(e.GetNotice()))
	}
}

// resume calls read, which reads a stream of messages to its end, again each time the connection breaks.
//
// Errors: the agent's; an outage that was too long; ErrGone; that of ctx. It returns nil at the end of the stream.
func (r *remote) resume(ctx context.Context, read func() error) error {
	var since time.Time // of the outage
	for {
		began := time.Now()
		err := read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case r.link.gone():
			return hint.Add(fmt.Errorf("node %s: %w", r.node, r.link.why(err)), "the output that had arrived is kept; run it again to get a new helper")
		case !broken(err):
			return fmt.Errorf("node %s: %w", r.node, r.link.why(err))
		}
		if since.IsZero() || time.Since(began) > dialTime { // the connection worked in between
			since = time.Now()
		}
		r.away.broke(r.link.why(err))
		if time.Since(since) > outage {
			return r.errOutage(err)
		}
		pause.For(ctx, firstPause-time.Since(began)) // one that worked for a while is dialled again at once
	}
}
