package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fennec-project/podtracer/internal/guard"
)

// ErrNoAnswer says that the API was reached, or is being reached, and says nothing.
var ErrNoAnswer = errors.New("the API does not answer")

// ErrPlugin says that a credential plugin failed, so that the API was not asked.
var ErrPlugin = errors.New("the credential plugin failed")

// How long what may never end is waited for.
const (
	SilentAfter = 5 * time.Second  // the API: then a person is told, and again after as long
	dialTime    = 8 * time.Second  // for a connection
	answerTime  = 30 * time.Second // for an answer to begin; then the API is asked again
	pluginTime  = 3 * time.Minute  // for a credential plugin, in which a person may have to log in
	awaitPod    = time.Minute      // for one pod, asked for again and again
	readingTime = 5 * time.Second  // for the kubeconfig
)

// patient gives up a request when its context ends, whatever holds it (a credential plugin knows no contexts), and one
// to which no answer begins in time.
type patient struct {
	base   http.RoundTripper
	plugin string // the credential plugin; "" without one
}

// RoundTrip asks once.
func (p patient) RoundTrip(request *http.Request) (*http.Response, error) {
	type result struct {
		response *http.Response
		err      error
	}
	sent := new(atomic.Bool)
	ctx, cancel := context.WithCancelCause(context.WithValue(request.Context(), sentKey{}, sent))
	limit := answerTime
	if p.plugin != "" {
		limit += pluginTime
	}
	late := time.AfterFunc(limit, func() { cancel(fmt.Errorf("no answer within %s: %w", limit, context.DeadlineExceeded)) })
	done := make(chan result, 1)
	go func() { // ends with the request, or with the plugin
		response, err := p.base.RoundTrip(request.Clone(ctx))
		done <- result{response, err}
	}()
	select {
	case r := <-done:
		late.Stop()
		if r.err != nil {
			cancel(nil)
			return nil, p.named(r.err, sent.Load())
		}
		r.response.Body = body{r.response.Body, cancel}
		return r.response, nil
	case <-ctx.Done():
		late.Stop()
		go func() { // ends with the request, or with the plugin
			if r := <-done; r.err == nil {
				_ = r.response.Body.Close() // nobody reads it
			}
		}()
		if cause := context.Cause(ctx); errors.Is(cause, context.DeadlineExceeded) {
			return nil, cause
		}
		return nil, errInterrupted{}
	}
}

// errInterrupted says that a person did not wait any longer.
type errInterrupted struct{}

func (errInterrupted) Error() string        { return "interrupted while waiting for the API" }
func (errInterrupted) Is(target error) bool { return target == context.Canceled }

// sentKey is of the context of a request: there is a mark for whether it was sent, and not kept back for want of credentials.
type sentKey struct{}

// marked is a transport that notes on each request that it is sent.
type marked struct{ http.RoundTripper }

// RoundTrip is the other transport's.
func (m marked) RoundTrip(request *http.Request) (*http.Response, error) {
	if sent, ok := request.Context().Value(sentKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
	return m.RoundTripper.RoundTrip(request)
}

// WrappedRoundTripper is how client-go looks for what is behind a transport.
func (m marked) WrappedRoundTripper() http.RoundTripper { return m.RoundTripper }

// named is an error with the name that a person knows a credential plugin by. One of a request that was never sent is the
// plugin's own.
func (p patient) named(err error, sent bool) error {
	if p.plugin == "" {
		return err
	}
	watcher, _ := guard.Watched(pluginTime, true, p.plugin, nil)
	named := pluginError{err, strings.NewReplacer(watcher, p.plugin)}
	if !sent {
		return noCredentials{named, p.plugin}
	}
	return named
}

// noCredentials is an ErrPlugin.
type noCredentials struct {
	error
	plugin string
}

func (e noCredentials) Error() string {
	return "the credential plugin " + e.plugin + " failed: " + e.error.Error()
}
func (e noCredentials) Is(target error) bool { return target == ErrPlugin }
func (e noCredentials) Unwrap() error        { return e.error }

type pluginError struct {
	error
	names *strings.Replacer
}

func (e pluginError) Error() string { return e.names.Replace(e.error.Error()) }
func (e pluginError) Unwrap() error { return e.error }

// body lets go of the context of a request when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b body) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// watched has a credential plugin ended when it takes too long, and with podtracer. It does not read from a terminal that
// somebody else reads from. What cannot be found is left to client-go, which says so with the plugin's own advice.
func watched(config *rest.Config, attended bool) (name string) {
	if config.ExecProvider == nil {
		return ""
	}
	provider := *config.ExecProvider
	name = provider.Command
	if path, err := exec.LookPath(provider.Command); err == nil {
		provider.Command, provider.Args = guard.Watched(pluginTime, attended, path, provider.Args)
	}
	if !attended {
		provider.StdinUnavailable = true
		provider.StdinUnavailableMessage = "the console uses the terminal; log in first, for example with kubectl get pods"
	}
	config.ExecProvider = &provider
	return name
}

// Silent says for how long the API has not answered.
func (c *Cluster) Silent(since time.Time) string {
	who := "the API of " + c.name + " has"
	if c.plugin != "" {
		who = "the API of " + c.name + ", or the credential plugin " + c.plugin + ", has"
	}
	return fmt.Sprintf("%s not answered for %s", who, time.Since(since).Round(time.Second))
}

// AwaitPod asks for one pod as Pod does, again and again while the API does not answer: for a minute, or as long as a
// credential plugin may take.
func (c *Cluster) AwaitPod(ctx context.Context, namespace, name string) (Pod, error) {
	most := awaitPod
	if c.plugin != "" {
		most = pluginTime
	}
	for end := time.Now().Add(most); ; {
		pod, err := c.Pod(ctx, namespace, name)
		if !errors.Is(err, ErrNoAnswer) || ctx.Err() != nil || time.Now().After(end) {
			return pod, err
		}
	}
}
