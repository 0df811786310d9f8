package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/fennec-project/podtracer/internal/guard"
)

// ErrPlugin says that a credential plugin failed, so that the API was not asked.
var ErrPlugin = errors.New("the credential plugin failed")

// Plugin is a credential plugin. It has the terminal until that is used by somebody else: then it cannot ask anything there, and what it
// says becomes part of the error.
type Plugin struct {
	name     string // that a person knows it by
	provider *clientcmdapi.ExecConfig
	words    *words
	came     atomic.Bool // credentials came from it
	asks     atomic.Bool // it has the terminal until they come
	left     sync.Once   // the terminal
}

// watched has a credential plugin ended when it takes too long, and with podtracer; nil if there is none. terminal is where it is
// heard; without one it may not read from the terminal either. What cannot be found is left to client-go, which says so with the
// plugin's own advice.
func watched(config *rest.Config, terminal io.Writer) (*Plugin, error) {
	if config.ExecProvider == nil {
		return nil, nil
	}
	words, err := listen(terminal)
	if err != nil {
		return nil, err
	}
	provider := *config.ExecProvider
	p := &Plugin{name: provider.Command, provider: &provider, words: words}
	if path, err := exec.LookPath(provider.Command); err == nil {
		provider.Command, provider.Args = guard.Watched(PluginTime, words.ear, path, provider.Args)
	}
	if terminal == nil {
		p.LeaveTerminal()
	}
	config.ExecProvider = &provider
	return p, nil
}

// Name is what a person knows the plugin by; "" if there is none.
func (p *Plugin) Name() string {
	if p == nil {
		return ""
	}
	return p.name
}

// NextSaid waits until the plugin has said more than a reader has seen, while it did not have the terminal, and returns the newest of
// what it said.
//
// Errors: that of ctx.
func (p *Plugin) NextSaid(ctx context.Context, seen uint64) ([]Said, uint64, error) {
	if p == nil {
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	return p.words.lines.Next(ctx, seen)
}

// LeaveTerminal keeps the plugin from the terminal, which somebody else uses from now on. No question may be on its way.
func (p *Plugin) LeaveTerminal() {
	if p == nil {
		return
	}
	p.left.Do(func() {
		p.words.leaveTerminal()
		p.provider.StdinUnavailable = true
		p.provider.StdinUnavailableMessage = "podtracer uses the terminal; log in first, for example with kubectl get pods"
	})
}

// gaveCredentials ends a login at once: if the API does not accept the credentials, client-go runs the plugin again, and that one must
// not take the keys of whoever has the terminal next.
func (p *Plugin) gaveCredentials() {
	if p == nil {
		return
	}
	if p.asks.Load() {
		p.LeaveTerminal()
	}
	p.came.Store(true)
}

// Login has the plugin ask at the terminal what it has to ask, and then leave it; ask is a question to the API that needs credentials.
// A plugin that says nothing for a while, silent, asks nothing, and is not waited for, unless the kubeconfig says that it needs a person.
//
// Errors: that of ctx.
func (p *Plugin) Login(ctx context.Context, silent time.Duration, ask func(context.Context)) error {
	if p == nil {
		return nil
	}
	defer p.LeaveTerminal()
	if p.provider.InteractiveMode == clientcmdapi.NeverExecInteractiveMode {
		return nil
	}
	p.asks.Store(true)
	const look = 20 * time.Millisecond
	asking, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { // ends with asking, and the plugin with it
		defer close(done)
		ask(asking)
	}()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for began := time.Now(); !p.came.Load(); {
		select {
		case <-done:
			cancel()
			return ctx.Err()
		case <-ctx.Done():
		case <-ticker.C:
			quiet := !p.words.any() && p.provider.InteractiveMode != clientcmdapi.AlwaysExecInteractiveMode
			if !quiet || time.Since(began) < silent {
				continue
			}
			guard.EndWatched() // it would go on reading from the terminal
		}
		break
	}
	cancel()
	<-done
	return ctx.Err()
}

// named is an error with the name that a person knows a credential plugin by. One of a request that was never sent is the
// plugin's own.
func (p *Plugin) named(err error, sent bool) error {
	if p == nil {
		return err
	}
	watcher, _ := guard.Watched(PluginTime, p.words.ear, p.name, nil)
	named := pluginError{err, strings.NewReplacer(watcher, p.name)}
	if !sent {
		return NoCredentials{named, p.name, p.words.last()}
	}
	return named
}

// NoCredentials is an ErrPlugin.
type NoCredentials struct {
	error
	plugin string
	said   string // by it, and not at the terminal
}

func (e NoCredentials) Error() string {
	text := "the credential plugin " + e.plugin + " failed: " + e.error.Error()
	if e.said != "" {
		text += "; it said: " + e.said
	}
	return text
}
func (e NoCredentials) Is(target error) bool { return target == ErrPlugin }
func (e NoCredentials) Unwrap() error        { return e.error }

type pluginError struct {
	error
	names *strings.Replacer
}

func (e pluginError) Error() string { return e.names.Replace(e.error.Error()) }
func (e pluginError) Unwrap() error { return e.error }

// sentKey is of the context of a request: there is a mark for whether it was sent, and not kept back for want of credentials.
type sentKey struct{}

// marked is a transport that notes on each request that it is sent.
type marked struct {
	http.RoundTripper
	plugin *Plugin
}

// RoundTrip is the other transport's.
func (m marked) RoundTrip(request *http.Request) (*http.Response, error) {
	if sent, ok := request.Context().Value(sentKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
	m.plugin.gaveCredentials()
	return m.RoundTripper.RoundTrip(request)
}

// WrappedRoundTripper is how client-go looks for what is behind a transport.
func (m marked) WrappedRoundTripper() http.RoundTripper { return m.RoundTripper }
