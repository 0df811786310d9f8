// Package transport sends requests to the API: no wait and no answer is endless, and a credential plugin is watched and heard. Start
// reading at Client.
package transport

import (
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/connrotation"
)

// Client returns an HTTP client for the API that config names, and changes config: no wait and no answer is endless, and credentials come
// as config says. hangUp closes all connections of the client, of which some may be dead without its knowledge, as after a laptop's sleep;
// what is asked next gets a new one. Plugin is the credential plugin, nil if there is none; its messages go to terminal.
//
// Errors: an impossible config.
func Client(config *rest.Config, terminal io.Writer) (client *http.Client, hangUp func(), plugin *Plugin, err error) {
	dialer := connrotation.NewDialer((&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext)
	config.Dial = dialer.DialContext
	config.Wrap(bounded)
	plugin, err = watched(config, terminal)
	if err != nil {
		return nil, nil, nil, err
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return marked{next, plugin} }) // after the credentials have been added
	client, err = rest.HTTPClientFor(config)
	if err != nil {
		return nil, nil, nil, err
	}
	client.Transport = patient{client.Transport, plugin}
	return client, dialer.CloseAll, plugin, nil
}
