package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Largest bounds an answer of the API, and an event of a watch: 500 pods of 64 KiB each, or twenty of the largest objects
// that a cluster keeps. Of events in protobuf client-go reads 16 MiB at most.
const Largest = 32 << 20

var ErrTooLarge = errors.New("the API's answer is larger than 32 MiB")

// bounded is a transport whose answers end with ErrTooLarge where they go on for too long.
func bounded(next http.RoundTripper) http.RoundTripper { return boundedTransport{next} }

type boundedTransport struct{ next http.RoundTripper }

// RoundTrip is the other transport's, with a bounded body.
func (t boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil || response.Body == nil || response.Body == http.NoBody {
		return response, err
	}
	body := &boundedBody{ReadCloser: response.Body}
	body.endless = response.StatusCode == http.StatusOK && request.URL.Query().Get("watch") != ""
	body.framed = strings.HasPrefix(response.Header.Get("Content-Type"), "application/vnd.kubernetes.protobuf")
	response.Body = body
	return response, nil
}

// WrappedRoundTripper is how client-go looks for what is behind a transport.
func (t boundedTransport) WrappedRoundTripper() http.RoundTripper { return t.next }

// boundedBody counts the bytes of an answer; of a watch in JSON, which has no end, those of each event by itself.
type boundedBody struct {
	io.ReadCloser
	endless, framed bool
	size            int64

	depth           int // how many braces and brackets are open
	quoted, escaped bool
}

// Read reads on.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case !b.endless:
		b.size += int64(n)
	case !b.framed:
		b.count(p[:n])
	}
	if b.size > Largest {
		return 0, fmt.Errorf("read it: %w", ErrTooLarge)
	}
	return n, err
}

// count follows the events of a watch: one JSON object after the other, whatever stands between them.
func (b *boundedBody) count(p []byte) {
	for _, c := range p {
		b.size++
		switch {
		case b.escaped:
			b.escaped = false
		case b.quoted && c == '\\':
			b.escaped = true
		case c == '"':
			b.quoted = !b.quoted
		case b.quoted:
		case c == '{', c == '[':
			b.depth++
		case c == '}', c == ']':
			if b.depth--; b.depth <= 0 {
				b.depth, b.size = 0, 0
			}
		}
		if b.size > Largest {
			return
		}
	}
}
