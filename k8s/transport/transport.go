// Package transport sends requests to the API: no wait and no answer is endless, and a credential plugin is watched and heard, and run once
// for all. Start reading at Connect.
package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/connrotation"
)

// Connection sends requests to one API.
type Connection struct {
	Client *http.Client // no wait and no answer is endless
	HangUp func()       // closes the client's connections, of which some may be dead without its knowledge, as after a laptop's sleep
	Plugin *Plugin      // nil without one

	login http.RoundTripper // answers by itself what has credentials
}

// Connect returns a connection to the API that config names. It changes config, so that whatever else is made from config is bounded as
// well, and has the same credentials. A credential plugin's messages go to terminal.
//
// Errors: an impossible config.
func Connect(config *rest.Config, terminal io.Writer) (*Connection, error) {
	dialer := connrotation.NewDialer((&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext)
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
	return &Connection{client, dialer.CloseAll, plugin, patient{login, plugin}}, nil
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
