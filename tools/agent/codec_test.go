package agent

import (
	"bytes"
	"crypto/rand"
	"testing"

	"google.golang.org/genproto/googleapis/bytestream"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// parts is a message that came in pieces of a size.
func parts(wire []byte, size int) (parts mem.BufferSlice) {
	for len(wire) > size {
		parts, wire = append(parts, mem.SliceBuffer(wire[:size])), wire[size:]
	}
	return append(parts, mem.SliceBuffer(wire))
}

// An installed helper may be of an earlier podtracer, which writes and reads protobuf as gRPC does.
func TestMessagesAreThoseOfProtobuf(t *testing.T) {
	ours, theirs := newCodec(), encoding.GetCodecV2(proto.Name)
	for _, length := range []int{0, 1, 127, 128, 1000, 16384, piece, 1 << 20} {
		data := make([]byte, length)
		_, _ = rand.Read(data) // never fails
		want := &bytestream.ReadResponse{Data: data}
		fromOurs, err := ours.Marshal(&bytestream.ReadResponse{Data: bytes.Clone(data)})
		if err != nil {
			t.Fatal(err)
		}
		fromTheirs, err := theirs.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		wire := fromTheirs.Materialize()
		if !bytes.Equal(fromOurs.Materialize(), wire) {
			t.Errorf("%d bytes of data are written otherwise", length)
		}
		for _, size := range []int{1, 3, 16384, 1 << 20} {
			got := &bytestream.ReadResponse{Data: []byte("what came before")}
			if err := ours.Unmarshal(parts(wire, size), got); err != nil || !bytes.Equal(got.GetData(), data) {
				t.Errorf("%d bytes of data in pieces of %d: %v, %d bytes", length, size, err, len(got.GetData()))
			}
		}
	}
}

func TestWhatIsNoMessageOfAStreamIsLeftToProtobuf(t *testing.T) {
	ours := newCodec()
	for what, c := range map[string]struct {
		wire []byte
		want string // "": it is refused
	}{
		"an unknown field before it": {append([]byte{1 << 3, 7}, 10<<3|2, 2, 'o', 'k'), "ok"},
		"an unknown field behind it": {append([]byte{10<<3 | 2, 2, 'o', 'k'}, 1<<3, 7), "ok"},
		"less than it says":          {[]byte{10<<3 | 2, 9, 'x'}, ""},
		"no length":                  {[]byte{10<<3 | 2}, ""},
		"half a length":              {[]byte{10<<3 | 2, 0xff}, ""},
	} {
		got := &bytestream.ReadResponse{Data: []byte("what came before")}
		err := ours.Unmarshal(parts(c.wire, 1), got)
		if (err != nil) != (c.want == "") || err == nil && string(got.GetData()) != c.want {
			t.Errorf("%s: %q, %v", what, got.GetData(), err)
		}
	}
}
