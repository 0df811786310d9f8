// Package streams runs a command in a container and carries its streams: over SPDY, or over a WebSocket where something on the way does not
// know SPDY. Both ways have the same bytes, but those of a WebSocket are wrapped and unwrapped again on the way: they take three times the
// CPU in the API server, and come half as fast (docs/benchmarks.md). Whatever is on the way does, a way that leads nowhere costs some
// seconds and not the run: what refuses, ends or does not answer the request is followed by the other way at once, and what agrees and then
// passes nothing on by the other way in the next call.
//
// The door: Ways.
package streams

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
)

// Ways are the ways to the containers of a cluster. They know which one worked last.
type Ways struct {
	config *rest.Config
	socket atomic.Bool   // a WebSocket is the first that is tried
	limit  time.Duration // for the answer on the first way
}

// answerTime is how long a proxy that does not pass a request on is waited for, before the other way is tried. A helper's connection has to
// stand after 20 s.
const answerTime = 7 * time.Second

// New returns the ways of the cluster that config names.
func New(config *rest.Config) *Ways { return &Ways{config: config, limit: answerTime} }

// Streams are those of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run asks for the streams of a command that these query parameters name, until the command or ctx ends. What was read of s.In has
// reached the other side only if something was written to s.Out or s.Err.
//
// Errors: those of client-go, and if both ways fail, a refusal of the API rather than the words of a proxy; nil at the end of a command
// that succeeded.
func (w *Ways) Run(ctx context.Context, to *url.URL, s Streams) error {
	socketFirst := w.socket.Load()
	first := w.try(ctx, socketFirst, to, s, w.limit)
	if first.began || ctx.Err() != nil {
		return first.err
	}
	second := w.try(ctx, !socketFirst, to, s, math.MaxInt64) // a slow node, perhaps
	if second.began || ctx.Err() != nil {
		return second.err
	}
	for _, err := range []error{first.err, second.err} {
		if refusal := apierrors.APIStatus(nil); errors.As(err, &refusal) {
			return err
		}
	}
	return second.err
}

// outcome is how an attempt ended.
type outcome struct {
	began bool // the streams were there, and input may be gone
	err   error
}

// try goes one of the ways. It gives up after limit without an answer.
func (w *Ways) try(ctx context.Context, socket bool, to *url.URL, s Streams, limit time.Duration) outcome {
	executor, err := w.executor(socket, to)
	if err != nil {
		return outcome{err: err}
	}
	a := &attempt{came: func() { w.socket.Store(socket) }}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with ctx; where nobody answers the request for SPDY, with the connection
		done <- executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: input{a, s.In}, Stdout: output{a, s.Out}, Stderr: output{a, s.Err}})
	}()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		select {
		case err := <-done:
			return w.ended(a, socket, err)
		case <-ctx.Done():
			return w.ended(a, socket, ctx.Err())
		case <-late.C:
			if !a.begun() {
				return w.ended(a, socket, fmt.Errorf("nobody answers the request for the streams within %s", limit))
			}
		}
	}
}

func (w *Ways) executor(socket bool, to *url.URL) (remotecommand.Executor, error) {
	if socket {
		return remotecommand.NewWebSocketExecutor(w.config, http.MethodGet, to.String())
	}
	return remotecommand.NewSPDYExecutor(w.config, http.MethodPost, to)
}

// ended ends an attempt. A way on which nothing came is not the first that is tried next.
func (w *Ways) ended(a *attempt, socket bool, err error) outcome {
	began, heard := a.end()
	if began && !heard {
		w.socket.Store(!socket)
	}
	if refused := (*httpstream.UpgradeFailureError)(nil); errors.As(err, &refused) {
		err = refused.Cause
	}
	return outcome{began, err}
}

// attempt is one way that is gone. After its end it takes no input any more, which is the next one's.
type attempt struct {
	came func() // called when the first byte comes

	mu                  sync.Mutex
	began, heard, ended bool
}

// begin notes that the streams are there. It returns false after the end.
func (a *attempt) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.began = a.began || !a.ended
	return !a.ended
}

func (a *attempt) begun() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.began
}

// hear notes that something came. It returns false after the end.
func (a *attempt) hear() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ended && !a.heard {
		a.began, a.heard = true, true
		a.came()
	}
	return !a.ended
}

func (a *attempt) end() (began, heard bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
	return a.began, a.heard
}

// input is read as soon as the streams are there.
type input struct {
	*attempt
	io.Reader
}

func (i input) Read(p []byte) (int, error) {
	if !i.begin() {
		return 0, io.ErrClosedPipe
	}
	return i.Reader.Read(p)
}

type output struct {
	*attempt
	io.Writer
}

func (o output) Write(p []byte) (int, error) {
	if !o.hear() {
		return 0, io.ErrClosedPipe
	}
	return o.Writer.Write(p)
}
