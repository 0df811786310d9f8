package agent

import (
	"context"
	"errors"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// A reader that understands zstd says so in the metadata of its request. If the agent does, too, it says the same in the header of its
// answer, and each message begins with a byte that says what follows: the data as they are, or a zstd frame (RFC 8878).
const (
	acceptKey  = "podtracer-accept"
	acceptZstd = "zstd"

	asItIs   = 0
	squeezed = 1
)

// accepting says in a request that its reader understands zstd.
func accepting(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, acceptKey, acceptZstd)
}

// accepts says whether the reader who has sent a request understands zstd.
func accepts(ctx context.Context) bool {
	header, _ := metadata.FromIncomingContext(ctx)
	return answered(header)
}

// answered says whether the header of an answer says that its messages may be compressed.
func answered(header metadata.MD) bool {
	values := header.Get(acceptKey)
	return len(values) == 1 && values[0] == acceptZstd
}

// squeezer decides, message by message, whether to compress: only if the link has been measured to be so slow that compressing and sending
// less takes less time than sending all. On a link that takes the messages as they come it does nothing.
type squeezer struct {
	encoder *zstd.Encoder
	link    float64 // bytes a second that the link takes, while it is what is waited for; 0: not known
	speed   float64 // bytes a second that are compressed; 0: not known
	ratio   float64 // of their size that is left
	plain   int     // messages since compressing was tried last
}

const (
	smallest = 4 << 10 // bytes; for less it is not worth the trouble, and nothing can be measured
	newest   = 0.3     // weight of the newest measurement
	retry    = 32      // messages until it is tried again whether data can be compressed by now
)

// of returns a message with the data, which stand behind the first byte of a buffer: that buffer, or a compressed message if that is worth it.
func (s *squeezer) of(buffer []byte) []byte {
	data := buffer[1:]
	if len(data) < smallest || !s.worth() {
		s.plain++
		buffer[0] = asItIs
		return buffer
	}
	if s.encoder == nil {
		s.encoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)) // these options are valid
	}
	began := time.Now()
	message := s.encoder.EncodeAll(data, append((*buffers.Get(0))[:0], squeezed))
	s.plain = 0
	s.speed = mean(s.speed, float64(len(data))/max(time.Since(began).Seconds(), 1e-9))
	s.ratio = mean(s.ratio, float64(len(message))/float64(len(data)))
	return message
}

// worth compares how long a byte takes as it is with how long it takes compressed. What compressing costs is not known before it is tried.
func (s *squeezer) worth() bool {
	const slow = 40e6 // bytes a second; a faster link would have to be shared with nobody for a gain that anybody notices
	switch {
	case s.link == 0 || s.link > slow:
		return false
	case s.speed == 0 || s.plain >= retry:
		return true
	default:
		return 1/s.speed+s.ratio/s.link < 0.9/s.link
	}
}

// sent notes how long the link took for a message. gRPC returns at once as long as it has room, so a short time says that the link is not
// what is waited for.
func (s *squeezer) sent(bytes int, took time.Duration) {
	if bytes >= smallest {
		s.link = mean(s.link, float64(bytes)/max(took.Seconds(), 1e-9))
	}
}

// mean is the harmonic mean of rates, in which the newest counts most: the times of single bytes are what is added up.
func mean(old, now float64) float64 {
	if old == 0 {
		return now
	}
	return 1 / ((1-newest)/old + newest/now)
}

var errSqueezed = errors.New("a piece of the stream cannot be unpacked")

// unsqueezer unpacks messages.
type unsqueezer struct {
	decoder *zstd.Decoder
	data    []byte // of the last message
}

// of returns the data of a message, which are valid until the next call.
func (u *unsqueezer) of(message []byte) ([]byte, error) {
	switch {
	case len(message) == 0:
		return nil, errSqueezed
	case message[0] == asItIs:
		return message[1:], nil
	case message[0] != squeezed:
		return nil, errSqueezed
	}
	if u.decoder == nil {
		u.decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostMessage)) // these options are valid
	}
	var err error
	if u.data, err = u.decoder.DecodeAll(message[1:], u.data[:0]); err != nil {
		return nil, errors.Join(errSqueezed, err)
	}
	return u.data, nil
}

// fits returns what unpacks the messages of an answer whose first message has come; nil if they are never compressed.
func (u *unsqueezer) fits(answer grpc.ClientStream) *unsqueezer {
	if header, err := answer.Header(); err != nil || !answered(header) {
		return nil
	}
	return u
}

// close ends what unpacks.
func (u *unsqueezer) close() {
	if u.decoder != nil {
		u.decoder.Close()
	}
}
