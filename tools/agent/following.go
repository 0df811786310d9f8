package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// Detached lists the detached runs.
func (k *Keeper) Detached(context.Context, *wire.DetachedRequest) (*wire.DetachedReply, error) {
	all, err := detached.List(k.Store.Path())
	if err == nil {
		var text []byte
		if text, err = json.Marshal(all); err == nil {
			return &wire.DetachedReply{Runs: text}, nil
		}
	}
	return &wire.DetachedReply{Failure: failureOf(err)}, nil
}

// Stop asks for the end of a detached run.
func (k *Keeper) Stop(_ context.Context, q *wire.AboutRequest) (*wire.ChangedReply, error) {
	return &wire.ChangedReply{Failure: failureOf(detached.Stop(k.Store.Path(), q.GetName()))}, nil
}

// Forget removes what is known of a detached run.
func (k *Keeper) Forget(_ context.Context, q *wire.AboutRequest) (*wire.ChangedReply, error) {
	return &wire.ChangedReply{Failure: failureOf(detached.Remove(k.Store.Path(), q.GetName()))}, nil
}

// follow sends a stream of a detached run from an offset on, until the run has ended.
func (k *Keeper) follow(stream, id string, offset int64, to bytestream.ByteStream_ReadServer) error {
	said := int64(0) // at least
	over := func() (bool, error) {
		a, err := detached.Find(k.Store.Path(), id)
		if errors.Is(err, detached.ErrNone) { // it was forgotten
			return true, nil
		}
		said = a.Said
		return a.Over(), err
	}
	f, end, err := k.open(stream, id, &said)
	if errors.Is(err, store.ErrNotFound) {
		if ended, _ := over(); ended && k.wroteNothing(id) { // so nothing is kept
			return nil
		}
	}
	if err != nil {
		return status.Error(codes.NotFound, err.Error())
	}
	defer f.Close()
	return pour(&following{done: to.Context(), file: f, at: offset, end: end, over: over}, to)
}

// wroteNothing says whether it is known that a detached run had no output.
func (k *Keeper) wroteNothing(id string) bool {
	n, err := detached.Reached(k.Store.Path(), id)
	return err == nil && n == 0
}

// open opens a stream of a detached run. end is how many bytes of the file belong to it so far. Of what is said there are at least so many as
// the run knows.
func (k *Keeper) open(stream, id string, said *int64) (f *os.File, end func() (int64, error), err error) {
	switch stream {
	case Words:
		f, err = detached.Words(k.Store.Path(), id)
		return f, func() (int64, error) {
			info, err := f.Stat()
			if err != nil {
				return 0, err
			}
			return max(info.Size(), *said), nil
		}, err
	case Out: // the spool may hold more, which a limit cuts off
		f, err = k.Store.Spool(id)
		return f, func() (int64, error) { return detached.Reached(k.Store.Path(), id) }, err
	default:
		return nil, nil, fmt.Errorf("there is no stream %q", stream)
	}
}

// Missing says what is missing if so many bytes are all that has come of the output of a detached run; nil if nothing is, or if that is not
// known. Of a ring, only the end is expected.
func Missing(run detached.About, came int64) error {
	if run.Ring || run.Standing == nil || run.Standing.Ring > 0 || came >= run.Standing.Bytes {
		return nil
	}
	return spool.Missing(run.Standing.Bytes - came)
}

// Compare adds to what is known of the text of a detached run what is missing of it: the label there may be of a podtracer that did not count
// bytes. What is missing of a capture is known there.
func (k Kept) Compare(run detached.About) Kept {
	if k.Record == nil || k.Record.Capture || slices.ContainsFunc(k.Record.Losses, func(l report.Loss) bool { return l.Kind == report.LostToDisk }) {
		return k
	}
	if err := Missing(run, k.Size); err != nil {
		known := *k.Record
		known.Losses = append(slices.Clone(known.Losses), report.Loss{Kind: report.LostToDisk, Detail: err.Error()})
		k.Record = &known
	}
	return k
}

// following reads a file while it grows, until it is over.
type following struct {
	done context.Context //nolint:containedctx // that of the call, as in spool.File.FollowFrom
	file *os.File
	at   int64
	end  func() (int64, error)
	over func() (bool, error)
}

const lookAtGrowth = 100 * time.Millisecond

func (f *following) Read(p []byte) (int, error) {
	for f.done.Err() == nil {
		over, err := f.over() // before the end is asked for: what came until then is read
		if err != nil {
			return 0, err
		}
		end, err := f.end()
		if err != nil {
			return 0, err
		}
		if more := end - f.at; more > 0 {
			n, err := f.file.ReadAt(p[:min(int64(len(p)), more)], f.at)
			f.at += int64(n)
			if n > 0 {
				return n, nil
			}
			if errors.Is(err, io.EOF) { // the file is shorter than the run knows: not the end of what it wrote
				err = spool.Missing(more)
			}
			return 0, err
		}
		if over {
			return 0, io.EOF
		}
		pause.For(f.done, lookAtGrowth)
	}
	return 0, f.done.Err()
}
