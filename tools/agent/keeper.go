package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/store"
)

// Keeper serves what a data directory holds, to a podtracer elsewhere: runs that were left, runs that are detached, and saved files. It
// changes nothing but what it is asked to: it stops detached runs and forgets them.
type Keeper struct {
	Store *store.Store

	wire.UnimplementedKeeperServer
	bytestream.UnimplementedByteStreamServer
}

// Serve answers on a pair of streams until one of them ends, or nobody answers at their other end.
func (k *Keeper) Serve(in io.ReadCloser, out io.WriteCloser) error {
	widen(out)
	server := grpc.NewServer(serving()...)
	wire.RegisterKeeperServer(server, k)
	bytestream.RegisterByteStreamServer(server, k)
	defer server.Stop()
	if err := server.Serve(newSingle(in, out)); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// Dial is a Dialer for who is in the same process.
func (k *Keeper) Dial(_ context.Context, in io.Reader, out io.Writer) error {
	return k.Serve(io.NopCloser(in), openEnded{out})
}

// openEnded is a writer that somebody else closes.
type openEnded struct{ io.Writer }

func (openEnded) Close() error { return nil }

// About says what a run or a file is.
func (k *Keeper) About(_ context.Context, q *wire.AboutRequest) (*wire.AboutReply, error) {
	held, err := k.Store.Hold(q.GetName())
	if err != nil {
		return &wire.AboutReply{Failure: failureOf(err), Missing: errors.Is(err, store.ErrNotFound)}, nil
	}
	defer held.LetGo()
	reply := &wire.AboutReply{Id: held.ID, Size: held.Content.Size()}
	if held.Record != nil {
		if len(held.Record.Argv) == 0 { // its label cannot be read; a label without a command could not be read at the other side either
			held.Record.Argv = []string{"unknown"}
		}
		if reply.Label, err = held.Record.Encode(); err != nil {
			return &wire.AboutReply{Failure: failureOf(err)}, nil
		}
	}
	return reply, nil
}

// Sum reads all of a run or a file.
func (k *Keeper) Sum(_ context.Context, q *wire.AboutRequest) (*wire.SumReply, error) {
	held, err := k.Store.Hold(q.GetName())
	if err != nil {
		return &wire.SumReply{Failure: failureOf(err)}, nil
	}
	defer held.LetGo()
	sum := sha256.New()
	n, err := io.Copy(sum, held.Content.Open())
	if err != nil {
		return &wire.SumReply{Failure: failureOf(fmt.Errorf("read %s: %w", q.GetName(), err))}, nil
	}
	return &wire.SumReply{Stream: &wire.Stream{Size: n, Sha256: sum.Sum(nil)}}, nil
}

// kept is the name by which a run or a file is read.
func kept(name string) string { return keptPrefix + name }

const keptPrefix = "kept/"

// Read sends a run or a file from an offset on, in the form of Server.Read.
func (k *Keeper) Read(q *bytestream.ReadRequest, to bytestream.ByteStream_ReadServer) error {
	if stream, id, ok := strings.Cut(q.GetResourceName(), "/"); ok && stream != "kept" {
		return k.follow(stream, id, q.GetReadOffset(), to)
	}
	name, ok := strings.CutPrefix(q.GetResourceName(), keptPrefix)
	if !ok {
		return status.Errorf(codes.NotFound, "there is no stream %q here", q.GetResourceName())
	}
	held, err := k.Store.Hold(name)
	if err != nil {
		return status.Error(codes.NotFound, err.Error())
	}
	defer held.LetGo()
	if at := q.GetReadOffset(); at < 0 || at > held.Content.Size() || q.GetReadLimit() != 0 {
		return status.Error(codes.OutOfRange, "it is read from an offset in it to its end")
	}
	return pour(held.Content.From(q.GetReadOffset()).Open(), to)
}

// single is a listener with a single connection: a pair of streams. When that has ended, it has ended, too.
type single struct {
	connection chan net.Conn
	ended      chan struct{}
}

func newSingle(in io.ReadCloser, out io.WriteCloser) *single {
	s := &single{make(chan net.Conn, 1), make(chan struct{})}
	s.connection <- &pipes{in: in, out: out, close: func() { close(s.ended) }}
	return s
}

// Accept returns the connection, and later io.EOF when it has ended.
func (s *single) Accept() (net.Conn, error) {
	select {
	case c := <-s.connection:
		return c, nil
	default:
	}
	<-s.ended
	return nil, io.EOF
}

// Close does nothing: the streams are not the listener's.
func (s *single) Close() error { return nil }

// Addr names the kind of connection, since there is no address.
func (s *single) Addr() net.Addr { return noAddr{} }
