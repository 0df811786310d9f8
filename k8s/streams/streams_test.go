package streams

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
	"k8s.io/streaming/pkg/httpstream/wsstream"
)

// proxy answers requests for one way in its own way, and has an echo behind the other.
type proxy struct {
	socket        bool // WebSockets are what it answers
	answer        http.HandlerFunc
	sockets, spdy atomic.Int64 // that were asked for
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	socket, echo, asked := strings.EqualFold(r.Header.Get("Upgrade"), "websocket"), echoSPDY, &p.spdy
	if socket {
		echo, asked = echoSocket, &p.sockets
	}
	asked.Add(1)
	if socket == p.socket {
		echo = p.answer
	}
	echo(w, r)
}

// echoSPDY is a command that writes back what it reads, over SPDY.
func echoSPDY(w http.ResponseWriter, r *http.Request) {
	if _, err := httpstream.Handshake(r, w, []string{"v4.channel.k8s.io"}); err != nil {
		return
	}
	streams := make(chan httpstream.Stream, 4)
	conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, _ <-chan struct{}) error {
		streams <- s
		return nil
	})
	if conn == nil {
		return
	}
	defer conn.Close()
	named := map[string]httpstream.Stream{}
	for len(named) < 4 {
		s := <-streams
		named[s.Headers().Get("streamType")] = s
	}
	_, _ = io.Copy(named["stdout"], named["stdin"])
	_, _ = io.WriteString(named["error"], success)
	for _, s := range named {
		_ = s.Close()
	}
	<-conn.CloseChan()
}

const success = `{"metadata":{},"status":"Success"}`

// echoSocket is a command that writes back what it reads, over a WebSocket.
func echoSocket(w http.ResponseWriter, r *http.Request) {
	conn := wsstream.NewConn(map[string]wsstream.ChannelProtocolConfig{"v5.channel.k8s.io": {Binary: true, Channels: []wsstream.ChannelType{
		wsstream.ReadChannel, wsstream.WriteChannel, wsstream.WriteChannel, wsstream.WriteChannel, // stdin, stdout, stderr, error
	}}})
	_, channels, err := conn.Open(w, r)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.Copy(channels[1], channels[0])
	_, _ = io.WriteString(channels[3], success)
}

// takesOver answers a request with what a function does with its connection, which is then closed.
func takesOver(does func(net.Conn, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			does(c, r)
			_ = c.Close()
		}
	}
}

func swallow(c net.Conn, _ *http.Request) { _, _ = io.Copy(io.Discard, c) }

func agree(c net.Conn, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v5.channel.k8s.io\r\n\r\n")
		return
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455
	fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
}

// through returns the ways through a proxy, and where to.
func through(t *testing.T, p http.Handler) (*Ways, *url.URL) {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := New(&rest.Config{Host: server.URL})
	w.limit = 3 * time.Second
	return w, to
}

// says runs the echo with this input, and returns what came back.
func says(ctx context.Context, w *Ways, to *url.URL, text string) (string, error) {
	var out bytes.Buffer
	err := w.Run(ctx, to, Streams{In: strings.NewReader(text), Out: &out, Err: io.Discard})
	return out.String(), err
}

// ways are both ways, by what leads nowhere.
var ways = map[string]bool{"no SPDY": false, "no WebSockets": true}

func TestWhereOneWayLeadsNowhereTheOtherIsUsed(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a refusal":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"an answer":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>welcome") },
		"it hangs up":      takesOver(func(net.Conn, *http.Request) {}),
		"no answer at all": takesOver(swallow),
	} {
		for without, socket := range ways {
			t.Run(without+", "+name, func(t *testing.T) {
				t.Parallel()
				p := &proxy{socket: socket, answer: answer}
				w, to := through(t, p)
				w.socket.Store(socket)
				for range 2 {
					if got, err := says(t.Context(), w, to, "hello"); got != "hello" || err != nil {
						t.Errorf("got %q, %v", got, err)
					}
				}
				dead, good := p.spdy.Load(), p.sockets.Load()
				if socket {
					dead, good = good, dead
				}
				if dead != 1 || good != 2 {
					t.Errorf("%d requests led nowhere, and %d did not", dead, good)
				}
			})
		}
	}
}

func TestSPDYComesFirst(t *testing.T) {
	p := &proxy{socket: true, answer: takesOver(swallow)}
	w, to := through(t, p)
	if got, err := says(t.Context(), w, to, "hello"); got != "hello" || err != nil || p.sockets.Load() != 0 {
		t.Errorf("got %q, %v; asked for %d WebSockets", got, err, p.sockets.Load())
	}
}

// Who agrees and then passes nothing on has taken the input: only the next call can go another way.
func TestAWayOnWhichNothingCameIsNotTheNextOne(t *testing.T) {
	for without, socket := range ways {
		t.Run(without, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w, to := through(t, &proxy{socket: socket, answer: takesOver(func(c net.Conn, r *http.Request) {
				agree(c, r)
				_, _ = c.Read(make([]byte, 1)) // the streams, and the input
				cancel()
				swallow(c, r)
			})})
			w.socket.Store(socket)
			if got, err := says(ctx, w, to, "lost"); got != "" || !errors.Is(err, context.Canceled) {
				t.Errorf("got %q, %v", got, err)
			}
			if got, err := says(t.Context(), w, to, "hello"); got != "hello" || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// Behind the second way there is none: a node that is slow is waited for.
func TestASlowAnswerOnTheSecondWayIsAwaited(t *testing.T) {
	const limit = 100 * time.Millisecond
	w, to := through(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			takesOver(swallow)(rw, r)
			return
		}
		time.Sleep(3 * limit)
		echoSocket(rw, r)
	}))
	w.limit = limit
	if got, err := says(t.Context(), w, to, "hello"); got != "hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// What the API says to a request is worth more than what a proxy says to another one.
func TestARefusalOfTheAPIIsTheError(t *testing.T) {
	refusal := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,"message":"User \"a\" cannot create resource \"pods/exec\""}`)
	}
	w, to := through(t, http.HandlerFunc(refusal))
	if _, err := says(t.Context(), w, to, ""); !apierrors.IsForbidden(err) {
		t.Errorf("got %v", err)
	}
}

// SPDY's client waits for an answer without looking at the context.
func TestWhereNobodyAnswersItEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w, to := through(t, takesOver(func(c net.Conn, r *http.Request) {
		cancel()
		swallow(c, r)
	}))
	w.limit = time.Hour
	if _, err := says(ctx, w, to, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
