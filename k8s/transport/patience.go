package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Time limits for what might never end.
const (
	dialTime   = 8 * time.Second  // for a connection
	answerTime = 30 * time.Second // for an answer to begin; then the API is asked again
	PluginTime = 3 * time.Minute  // for a credential plugin, in which a person may have to log in
	quietTime  = 10 * time.Second // after which a connection on which nothing comes is tried, as while a watch has nothing to tell
	pingTime   = 10 * time.Second // for the answer to that; then the connection is closed
)

// trying guards the setting of what attentive sets.
var trying sync.Mutex

// attentive lets the transport below next find out soon that a connection has died without a word, as it does when a laptop changes its
// network or a firewall forgets it: until then, what was watched through it looks live. client-go's own times are three times as long.
func attentive(next http.RoundTripper) http.RoundTripper {
	below := next
	for {
		wrapper, ok := below.(interface{ WrappedRoundTripper() http.RoundTripper })
		if !ok {
			break
		}
		below = wrapper.WrappedRoundTripper()
	}
	trying.Lock()
	defer trying.Unlock()
	if t, ok := below.(*http.Transport); ok && t.HTTP2 == nil {
		t.HTTP2 = &http.HTTP2Config{SendPingTimeout: quietTime, PingTimeout: pingTime}
	}
	return next
}

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
