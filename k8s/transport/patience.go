package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// Time limits for what might never end.
const (
	dialTime   = 8 * time.Second  // for a connection
	answerTime = 30 * time.Second // for an answer to begin; then the API is asked again
	PluginTime = 3 * time.Minute  // for a credential plugin, in which a person may have to log in
)

// patient gives up a request when its context ends, whatever blocks it (a credential plugin knows no contexts), and when no answer
// begins in time.
type patient struct {
	base   http.RoundTripper
	plugin *Plugin // nil without one
}

// RoundTrip sends the request once.
func (p patient) RoundTrip(request *http.Request) (*http.Response, error) {
	type result struct {
		response *http.Response
		err      error
	}
	sent := new(atomic.Bool)
	ctx, cancel := context.WithCancelCause(context.WithValue(request.Context(), sentKey{}, sent))
	limit := answerTime
	if p.plugin != nil {
		limit += PluginTime
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
		return nil, ErrInterrupted{}
	}
}

// ErrInterrupted says that a person interrupted the wait.
type ErrInterrupted struct{}

func (ErrInterrupted) Error() string        { return "interrupted while waiting for the API" }
func (ErrInterrupted) Is(target error) bool { return target == context.Canceled }

// body cancels the context of a request when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b body) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
