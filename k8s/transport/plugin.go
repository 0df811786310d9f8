package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
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

// Plugin is a credential plugin. It has the terminal until somebody else uses that. After that it cannot ask anything there, and its
// messages become part of the error.
type Plugin struct {
	name     string                   // name for people
	provider *clientcmdapi.ExecConfig // looked at by client-go each time that the plugin is run
	words    *words
	seat     [2]*os.File // a pipe: the plugin may use the terminal while it has a writer
	came     atomic.Bool // it has given credentials
	asks     atomic.Bool // it has the terminal until it gives credentials
	left     sync.Once   // leaving the terminal
}

// watched puts the credential plugin under a watcher, which ends it when it takes too long, and when podtracer ends. It returns nil if
// there is no plugin. The plugin's messages go to terminal; without a terminal it may not read from one. client-go reports a plugin
// that cannot be found, with the plugin's own advice.
func watched(config *rest.Config, terminal io.Writer) (*Plugin, error) {
	if config.ExecProvider == nil {
		return nil, nil
	}
	words, err := listen(terminal)
	if err != nil {
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch the credential plugin: %w", err)
	}
	provider := *config.ExecProvider
	p := &Plugin{name: provider.Command, provider: &provider, words: words, seat: [2]*os.File{reader, writer}}
	if path, err := exec.LookPath(provider.Command); err == nil {
		provider.Command, provider.Args = guard.Watched(PluginTime, words.ear, reader, path, provider.Args)
	}
	if terminal == nil {
		p.LeaveTerminal()
	}
	config.ExecProvider = &provider
	return p, nil
}

// shared lets what is made from config later use the credentials that the plugin gives. client-go knows a plugin again by its
// configuration, and would run one that has left the terminal once more.
func (p *Plugin) shared(config *rest.Config) {
	if p != nil {
		same := *p.provider
		config.ExecProvider = &same
	}
}

// Name is the plugin's name for people; "" if there is none.
func (p *Plugin) Name() string {
	if p == nil {
		return ""
	}
	return p.name
}

// NextSaid waits until the plugin, without the terminal, has said more than the version seen, and returns its newest lines.
//
// Errors: the error of ctx.
func (p *Plugin) NextSaid(ctx context.Context, seen uint64) ([]Said, uint64, error) {
	if p == nil {
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	return p.words.lines.Next(ctx, seen)
}

// LeaveTerminal takes the terminal away from the plugin, for somebody else to use. No request may be under way.
func (p *Plugin) LeaveTerminal() {
	if p == nil {
		return
	}
	p.left.Do(func() {
		_ = p.seat[1].Close()
		p.words.leaveTerminal()
		p.provider.StdinUnavailable = true
		p.provider.StdinUnavailableMessage = "podtracer uses the terminal; log in first, for example with kubectl get pods"
	})
}

// gaveCredentials ends a login at once. If the API refuses the credentials, client-go runs the plugin again, and that run must not take
// keys from whoever uses the terminal next.
func (p *Plugin) gaveCredentials() {
	if p == nil {
		return
	}
	if p.asks.Load() {
		p.LeaveTerminal()
	}
	p.came.Store(true)
	p.words.forget()
}

// Login lets the plugin ask its questions at the terminal, and then takes the terminal away from it. ask sends a request that needs
// credentials. A plugin that says nothing for the time silent has no questions; Login then ends it, unless the kubeconfig says that it
// needs a person.
//
// Errors: the error of ctx.
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

// named returns an error with the name by which a person knows the credential plugin. An error of a request that was never sent is the
// plugin's.
func (p *Plugin) named(err error, sent bool) error {
	if p == nil {
		return err
	}
	watcher, _ := guard.Watched(PluginTime, p.words.ear, p.seat[0], p.name, nil)
	named := pluginError{err, strings.NewReplacer(watcher, p.name)}
	if !sent {
		return NoCredentials{named, p.name, p.words.last()}
	}
	return named
}

// NoCredentials is an ErrPlugin that contains what the plugin said.
type NoCredentials struct {
	error
	plugin string
	said   string // by the plugin
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

// sentKey is the context key of a mark that tells whether a request was sent, or kept back for want of credentials.
type sentKey struct{}

// marked is a transport that marks each request that is sent.
type marked struct {
	http.RoundTripper
	plugin *Plugin
}

// RoundTrip marks the request and passes it on.
func (m marked) RoundTrip(request *http.Request) (*http.Response, error) {
	if sent, ok := request.Context().Value(sentKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
	m.plugin.gaveCredentials()
	return m.RoundTripper.RoundTrip(request)
}

// WrappedRoundTripper lets client-go find the wrapped transport.
func (m marked) WrappedRoundTripper() http.RoundTripper { return m.RoundTripper }
