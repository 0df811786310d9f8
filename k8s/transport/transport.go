// Package transport is how the API is asked: nothing is waited for without an end, nothing is read without an end, and a credential
// plugin is watched and heard. Its door is Client.
package transport

import (
	"io"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// Client is an HTTP client for the API that config names, which it changes: it waits for nothing without an end, reads nothing without
// an end, and gets its credentials as config says. A plugin that gives them, nil without one, is heard at the terminal.
//
// Errors: what config says cannot be so.
func Client(config *rest.Config, terminal io.Writer) (*http.Client, *Plugin, error) {
	config.Dial = (&net.Dialer{Timeout: dialTime, KeepAlive: 30 * time.Second}).DialContext
	config.Wrap(bounded)
	plugin, err := watched(config, terminal)
	if err != nil {
		return nil, nil, err
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return marked{next, plugin} }) // behind the credentials
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, nil, err
	}
	client.Transport = patient{client.Transport, plugin}
	return client, plugin, nil
}
