package agent

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// Away is what a podtracer elsewhere has kept, reached through a Dialer that runs `podtracer agent keeper` there.
type Away struct {
	link   *link
	keeper wire.KeeperClient
	broke  func() // told when the connection breaks
}

// Reach returns what is kept behind a Dialer. broke is told when the connection breaks, and is dialled again.
func Reach(dial Dialer, broke func()) (*Away, error) {
	l, err := newLink(dial, aloneWindow)
	if err != nil {
		return nil, err
	}
	return &Away{l, wire.NewKeeperClient(l.conn), broke}, nil
}

// Close ends the connection.
func (a *Away) Close() { a.link.close() }

// Kept is a run or a file that is kept elsewhere.
type Kept struct {
	Name   string
	ID     string         // of a run; "" for a file
	Record *report.Record // of a run; nil for a file
	Size   int64          // bytes
}

// About asks what a run or a file is.
//
// Errors: those of store.Store.Hold there; a podtracer there that cannot be reached, or does not know of keepers.
func (a *Away) About(ctx context.Context, name string) (Kept, error) {
	var reply *wire.AboutReply
	err := a.link.first(ctx, func() (err error) {
		reply, err = a.keeper.About(ctx, &wire.AboutRequest{Name: name})
		return err
	})
	switch {
	case ctx.Err() != nil:
		return Kept{}, ctx.Err()
	case err != nil:
		return Kept{}, a.link.why(err)
	case reply.GetMissing():
		return Kept{}, missing{errorOf(reply.GetFailure())}
	case reply.GetFailure() != nil:
		return Kept{}, errorOf(reply.GetFailure())
	}
	k := Kept{Name: name, ID: printable.Line(reply.GetId()), Size: reply.GetSize()}
	if len(reply.GetLabel()) > 0 {
		record, err := report.Decode(reply.GetLabel())
		if err != nil {
			return Kept{}, err
		}
		record.Bytes = k.Size
		k.Record = &record
	}
	return k, nil
}

// missing is a store.ErrNotFound of somewhere else.
type missing struct{ error }

func (missing) Is(target error) bool { return target == store.ErrNotFound }
func (m missing) Unwrap() error      { return m.error }

// Fetch writes all of it to a writer. A connection that breaks is dialled again, and goes on at the byte that has come. At the end the
// length and the SHA-256, which it returns, are those that were sent, and the length is that of k.
//
// Errors: those of the writer; errDiffers; an outage that was too long; ErrGone.
func (a *Away) Fetch(ctx context.Context, k Kept, to io.Writer) (sha256 string, err error) {
	var sent *wire.Stream
	var summing sync.WaitGroup
	defer summing.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	summing.Go(func() { // ends with the answer, or with ctx
		var err error
		if sent, err = a.sum(ctx, k.Name); err != nil {
			cancel(err)
		}
	})
	into := &firm{Writer: to}
	s := newReception(kept(k.Name), into)
	if err := a.again(ctx, &s.at, func(ctx context.Context) error { return a.receive(ctx, s, into) }); err != nil {
		return "", err
	}
	if summing.Wait(); ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err := s.check(sent); err != nil {
		return "", err
	}
	if s.at != k.Size {
		return "", fmt.Errorf("%w: %d bytes of %d", errDiffers, s.at, k.Size)
	}
	return hex.EncodeToString(s.sum.Sum(nil)), nil
}

// sum asks what has to arrive, which is reckoned there while it arrives.
func (a *Away) sum(ctx context.Context, name string) (*wire.Stream, error) {
	var sent *wire.SumReply
	silent := Away{a.link, a.keeper, func() {}} // whoever receives says that the connection broke
	if err := silent.again(ctx, new(int64), func(ctx context.Context) (err error) {
		sent, err = a.keeper.Sum(ctx, &wire.AboutRequest{Name: name})
		return err
	}); err != nil {
		return nil, err
	}
	return sent.GetStream(), errorOf(sent.GetFailure())
}

// receive receives a stream from where it was broken to its end.
func (a *Away) receive(ctx context.Context, s *reception, into *firm) error {
	var packed unsqueezer
	defer packed.close()
	from, err := a.link.bytes.Read(accepting(ctx), &bytestream.ReadRequest{ResourceName: s.name, ReadOffset: s.at})
	for message := (&bytestream.ReadResponse{}); err == nil && into.err == nil; { // whose memory is used again
		if err = from.RecvMsg(message); err == nil {
			s.packed = packed.fits(from)
			err = s.take(message.GetData())
		}
	}
	switch {
	case into.err != nil || errors.Is(err, io.EOF):
		return into.err
	case status.Code(err) == codes.DataLoss:
		return lacking{printable.Line(status.Convert(err).Message())}
	default:
		return err
	}
}

// lacking is a spool.ErrMissing of somewhere else: what is kept there cannot be read to its end.
type lacking struct{ text string }

func (l lacking) Error() string      { return l.text }
func (lacking) Is(target error) bool { return target == spool.ErrMissing }

// firm is a writer that takes nothing after an error, which it keeps.
type firm struct {
	io.Writer
	err error
}

func (f *firm) Write(p []byte) (n int, err error) {
	if f.err == nil {
		n, f.err = f.Writer.Write(p)
	}
	return n, f.err
}

// again calls ask until it does not fail because of the connection. at is how far it has come.
func (a *Away) again(ctx context.Context, at *int64, ask func(context.Context) error) error {
	var since time.Time // of the outage
	for reached := *at; ; {
		began := time.Now()
		err := a.once(ctx, ask)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case a.link.gone() || !broken(err):
			return a.link.why(err)
		}
		if since.IsZero() || *at > reached {
			since, reached = time.Now(), *at
			a.broke()
		}
		if time.Since(since) > outage {
			return fmt.Errorf("it has not been reached for %s: %w", outage, a.link.why(err))
		}
		pause.For(ctx, firstPause-time.Since(began)) // one that worked for a while is dialled again at once
	}
}

// once ends what ask has begun.
func (a *Away) once(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return ask(ctx)
}

// Detached lists the detached runs there.
func (a *Away) Detached(ctx context.Context) ([]detached.About, error) {
	var reply *wire.DetachedReply
	err := a.link.first(ctx, func() (err error) {
		reply, err = a.keeper.Detached(ctx, &wire.DetachedRequest{})
		return err
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, a.link.why(err)
	default:
		return runsIn(reply)
	}
}

func runsIn(reply *wire.DetachedReply) (runs []detached.About, err error) {
	if reply.GetFailure() != nil {
		return nil, errorOf(reply.GetFailure())
	}
	return detached.Decode(reply.GetRuns())
}

// Run returns a detached run, by its ID. With detached.ErrUnread, it is only known whether its podtracer lives.
//
// Errors: detached.ErrNone; detached.ErrUnread; those of Detached.
func (a *Away) Run(ctx context.Context, id string) (detached.About, error) {
	reply, err := a.keeper.Detached(ctx, &wire.DetachedRequest{})
	switch {
	case ctx.Err() != nil:
		return detached.About{}, ctx.Err()
	case err != nil:
		return detached.About{}, a.link.why(err)
	default:
		return runIn(reply, id)
	}
}

func runIn(reply *wire.DetachedReply, id string) (detached.About, error) {
	runs, err := runsIn(reply)
	if err != nil {
		return detached.About{}, err
	}
	for _, run := range runs {
		if run.ID == id {
			return run, run.Err()
		}
	}
	return detached.About{}, fmt.Errorf("%w: %q", detached.ErrNone, id)
}

// Stop asks for the end of a detached run.
func (a *Away) Stop(ctx context.Context, id string) error { return a.change(ctx, id, a.keeper.Stop) }

// Forget removes what is known of a detached run that has ended.
func (a *Away) Forget(ctx context.Context, id string) error {
	return a.change(ctx, id, a.keeper.Forget)
}

func (a *Away) change(ctx context.Context, id string, change func(context.Context, *wire.AboutRequest, ...grpc.CallOption) (*wire.ChangedReply, error)) error {
	reply, err := change(ctx, &wire.AboutRequest{Name: id})
	if err != nil {
		return a.link.why(err)
	}
	return errorOf(reply.GetFailure())
}

// Streams of a detached run: what the tool and podtracer say, and the output.
const (
	Words = "words"
	Out   = "out"
)

// Follow writes a stream of a detached run as it comes, from its first byte to its end, over as many connections as it takes. It returns how
// many bytes came: the output may be less than the run wrote (Missing).
//
// Errors: those of the writer; spool.ErrMissing; an outage that was too long; ErrGone.
func (a *Away) Follow(ctx context.Context, stream, id string, to io.Writer) (came int64, err error) {
	into := &firm{Writer: to}
	s := newReception(stream+"/"+id, into)
	err = a.again(ctx, &s.at, func(ctx context.Context) error { return a.receive(ctx, s, into) })
	return s.at, err
}
