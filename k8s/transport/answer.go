package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Largest is the largest accepted answer of the API, and event of a watch, in bytes: 500 pods of 64 KiB each, or twenty of the largest
// objects that a cluster stores. client-go accepts events in protobuf of at most 16 MiB.
const Largest = 32 << 20

var ErrTooLarge = errors.New("the API's answer is larger than 32 MiB")

// bounded returns a transport whose answers fail with ErrTooLarge when they are too long.
func bounded(next http.RoundTripper) http.RoundTripper { return boundedTransport{next} }

type boundedTransport struct{ next http.RoundTripper }

// RoundTrip returns the answer of the wrapped transport, with a bounded body.
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

// WrappedRoundTripper lets client-go find the wrapped transport.
func (t boundedTransport) WrappedRoundTripper() http.RoundTripper { return t.next }

// boundedBody counts the bytes of an answer; in a watch in JSON, which has no end, the bytes of each event.
type boundedBody struct {
	io.ReadCloser
	endless, framed bool
	size            int64

	depth           int // open braces and brackets
	quoted, escaped bool
}

// Read returns ErrTooLarge after Largest bytes.
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

// count follows the events of a watch: JSON objects one after the other, with anything between them.
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
