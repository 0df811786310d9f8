package agent

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages of a stream are large enough to be cheap, and small enough to let other streams share the connection.
const (
	piece       = 256 << 10 // bytes
	mostMessage = 4 << 20   // bytes that gRPC accepts in one message
	checkSize   = crc32.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// resource is the name of a stream of a run.
func resource(id, stream string) string { return "runs/" + id + "/" + stream }

// Read sends a stream of a run from an offset on, while it grows, until it ends. The last 4 bytes of each message are the CRC-32C
// (RFC 3720, appendix B.4) of the bytes before them, big-endian.
func (s *Server) Read(q *bytestream.ReadRequest, to bytestream.ByteStream_ReadServer) error {
	t, err := s.tape(q.GetResourceName())
	if err != nil {
		return err
	}
	if q.GetReadOffset() < 0 || q.GetReadLimit() != 0 {
		return status.Error(codes.OutOfRange, "a stream is read from an offset in it to its end")
	}
	return pour(t.from(to.Context(), q.GetReadOffset()), to)
}

// QueryWriteStatus says how much of a stream has been written.
func (s *Server) QueryWriteStatus(_ context.Context, q *bytestream.QueryWriteStatusRequest) (*bytestream.QueryWriteStatusResponse, error) {
	t, err := s.tape(q.GetResourceName())
	if err != nil {
		return nil, err
	}
	state, _ := t.file.Get()
	return &bytestream.QueryWriteStatusResponse{CommittedSize: state.End.Offset, Complete: state.Closed}, nil
}

// pour sends what it reads, sealed, to the end. If the reader understands zstd and the link is slow, it is compressed.
func pour(from io.Reader, to bytestream.ByteStream_ReadServer) error {
	var s squeezer
	squeezes := accepts(to.Context())
	if squeezes {
		if err := to.SetHeader(metadata.Pairs(acceptKey, acceptZstd)); err != nil {
			return err
		}
	}
	at := 0
	if squeezes {
		at = 1 // the first byte says what follows
	}
	for buffer := buffers.Get(bufferSize); ; {
		n, err := from.Read((*buffer)[at : at+piece])
		if n > 0 {
			message := (*buffer)[:at+n]
			if squeezes {
				message = s.of(message)
			}
			if len(message) < smallest { // what is kept until it is sent shall not be much larger than the message
				message = append(make([]byte, 0, len(message)+checkSize), message...)
			}
			lent := &message[0] == &(*buffer)[0]
			began := time.Now()
			if err := to.Send(&bytestream.ReadResponse{Data: sealed(message)}); err != nil {
				return err
			}
			s.sent(len(message), time.Since(began))
			if lent {
				buffer = buffers.Get(bufferSize)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return status.Errorf(codes.DataLoss, "read what the tool wrote: %v", err)
		}
	}
}

// tape finds a stream by its name, such as runs/ID/out.
func (s *Server) tape(name string) (*tape, error) {
	id, stream, _ := strings.Cut(strings.TrimPrefix(name, "runs/"), "/")
	r, err := s.run(id)
	switch {
	case err != nil:
		return nil, err
	case stream == "out":
		return r.out, nil
	case stream == "err" && r.err != nil:
		return r.err, nil
	default:
		return nil, status.Errorf(codes.NotFound, "there is no stream %q here", name)
	}
}

// sealed is data with its checksum behind it.
func sealed(data []byte) []byte {
	return binary.BigEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

var errSeal = errors.New("a piece of the stream is not what was sent")

// unsealed is the data of a message whose checksum is right.
func unsealed(message []byte) ([]byte, error) {
	n := len(message) - checkSize
	if n < 0 || binary.BigEndian.Uint32(message[n:]) != crc32.Checksum(message[:n], castagnoli) {
		return nil, errSeal
	}
	return message[:n], nil
}
