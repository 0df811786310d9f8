package agent

import (
	"sync"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// codec writes and reads messages as protobuf does. The messages that the bytes of a stream come in, it writes without copying them, and
// reads with a single copy into memory that is used again: they are all that costs anything.
//
// Data of a ReadResponse that is written belong to gRPC from then on, which gives them back to buffers.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(proto.Name)} }

// dataField is the number of ReadResponse.data.
const dataField = 10

// Marshal returns the wire format of a message.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	r, ok := v.(*bytestream.ReadResponse)
	if !ok || len(r.Data) == 0 {
		return c.CodecV2.Marshal(v)
	}
	head := protowire.AppendVarint(protowire.AppendTag(nil, dataField, protowire.BytesType), uint64(len(r.Data)))
	data := r.Data
	return mem.BufferSlice{mem.SliceBuffer(head), mem.NewBuffer(&data, buffers)}, nil
}

// Unmarshal reads a message. Of a ReadResponse, the memory of its data is used again.
func (c codec) Unmarshal(wire mem.BufferSlice, v any) error {
	r, ok := v.(*bytestream.ReadResponse)
	if !ok {
		return c.CodecV2.Unmarshal(wire, v)
	}
	at, ok := dataBegin(wire)
	if !ok {
		return c.CodecV2.Unmarshal(wire, v)
	}
	r.Data = r.Data[:0]
	for _, part := range wire {
		piece := part.ReadOnlyData()
		skip := min(at, len(piece))
		r.Data = append(r.Data, piece[skip:]...)
		at -= skip
	}
	return nil
}

// dataBegin is where the data begin in a message that has nothing else, as all have that an agent writes.
func dataBegin(wire mem.BufferSlice) (at int, ok bool) {
	const most = 16 // bytes of a tag and a length
	head := make([]byte, 0, most)
	for _, part := range wire {
		piece := part.ReadOnlyData()
		if head = append(head, piece[:min(len(piece), most-len(head))]...); len(head) == most {
			break
		}
	}
	number, kind, n := protowire.ConsumeTag(head)
	if n < 0 || number != dataField || kind != protowire.BytesType {
		return 0, false
	}
	length, m := protowire.ConsumeVarint(head[n:])
	return n + m, m > 0 && uint64(wire.Len()-n-m) == length
}

// buffers are those of messages. Unlike gRPC's own, they are not cleared before they are used again: all of a message is written.
var buffers = &bufferPool{}

type bufferPool struct{ free sync.Pool }

// bufferSize is room for a piece, for the byte before it and for the checksum behind it.
const bufferSize = 1 + piece + checkSize

// Get returns a buffer of a length, which has what was written into it before.
func (p *bufferPool) Get(length int) *[]byte {
	if length > bufferSize {
		b := make([]byte, length)
		return &b
	}
	b, ok := p.free.Get().(*[]byte)
	if !ok {
		fresh := make([]byte, bufferSize)
		b = &fresh
	}
	*b = (*b)[:length]
	return b
}

// Put takes a buffer back.
func (p *bufferPool) Put(b *[]byte) {
	if cap(*b) == bufferSize {
		p.free.Put(b)
	}
}

// Sizes of what is read and written at once, in bytes. Everything on the way between two nodes wakes up for each piece.
const (
	writeBuffer = 256 << 10
	readBuffer  = 128 << 10
)

// serving are the options of both kinds of servers.
func serving() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()), grpc.WriteBufferSize(writeBuffer), grpc.MaxRecvMsgSize(mostMessage),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: beat, Timeout: beat}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: beat / 2, PermitWithoutStream: true}),
	}
}
