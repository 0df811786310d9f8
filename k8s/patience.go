package k8s

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// ErrNoAnswer says that the API was reached, or is being reached, and says nothing.
var ErrNoAnswer = errors.New("the API does not answer")

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
	plugin *plugin // nil without one
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
	if p.plugin != nil {
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
			return nil, p.plugin.named(r.err, sent.Load())
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

// body lets go of the context of a request when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b body) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// Silent says for how long the API has not answered.
func (c *Cluster) Silent(since time.Time) string {
	who := "the API of " + c.name + " has"
	if c.plugin != nil {
		who = "the API of " + c.name + ", or the credential plugin " + c.plugin.name + ", has"
	}
	return fmt.Sprintf("%s not answered for %s", who, time.Since(since).Round(time.Second))
}

// AwaitPod asks for one pod as Pod does, again and again while the API does not answer: for a minute, or as long as a
// credential plugin may take.
func (c *Cluster) AwaitPod(ctx context.Context, namespace, name string) (Pod, error) {
	most := awaitPod
	if c.plugin != nil {
		most = pluginTime
	}
	for end := time.Now().Add(most); ; {
		pod, err := c.Pod(ctx, namespace, name)
		if !errors.Is(err, ErrNoAnswer) || ctx.Err() != nil || time.Now().After(end) {
			return pod, err
		}
	}
}
