// Package transport sends requests to the API: no wait and no answer is endless, and a credential plugin is watched and heard, and run once
// for all. Start reading at Connect.
package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/connrotation"
)

// Connection sends requests to one API.
type Connection struct {
	Client *http.Client // no wait and no answer is endless
	HangUp func()       // closes the client's connections, of which some may be dead without its knowledge, as after a laptop's sleep
	Plugin *Plugin      // nil without one

	heard *atomic.Int64
	login http.RoundTripper // answers by itself what has credentials
}

// Connect returns a connection to the API that config names. It changes config, so that whatever else is made from config is bounded as
// well, and has the same credentials. A credential plugin's messages go to terminal.
//
// Errors: an impossible config.
func Connect(config *rest.Config, terminal io.Writer) (*Connection, error) {
	heard, dial := new(atomic.Int64), (&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext
	dialer := connrotation.NewDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return listened{conn, heard}, nil
	})
	config.Dial = dialer.DialContext
	config.Wrap(attentive)
	config.Wrap(bounded)
	plugin, err := watched(config, terminal)
	if err != nil {
		return nil, err
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return marked{next, plugin} }) // after the credentials have been added
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	plugin.shared(config)
	login, err := rest.HTTPWrappersForConfig(config, answering{})
	if err != nil {
		return nil, err
	}
	client.Transport = patient{client.Transport, plugin}
	return &Connection{client, dialer.CloseAll, plugin, heard, patient{login, plugin}}, nil
}

// Heard is when the newest byte came from the API; zero if none did. That is at most ten seconds ago while a connection carries anything.
func (c *Connection) Heard() time.Time {
	if at := c.heard.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// listened is a connection that notes when something came.
type listened struct {
	net.Conn
	heard *atomic.Int64 // nanoseconds since 1970
}

func (l listened) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.heard.Store(time.Now().UnixNano())
	}
	return n, err
}

// Credentials runs the credential plugin if credentials are missing or have expired. Who then opens a connection without Client does not
// wait for it.
//
// Errors: ErrPlugin; ErrInterrupted.
func (c *Connection) Credentials(ctx context.Context) error {
	if c.Plugin == nil {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://unasked.invalid", nil)
	if err != nil {
		return err
	}
	answer, err := c.login.RoundTrip(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// answering is a transport that sends nothing.
type answering struct{}

func (answering) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: request}, nil
}
