package agent

import (
	"context"
	"io"

	"google.golang.org/grpc"

	"github.com/fennec-project/podtracer/tools/agent/wire"
	"github.com/fennec-project/podtracer/tools/launch"
)

// order passes wishes on to the tool, and stops it when ctx ends. It returns when over ends.
func (r *remote) order(ctx, over context.Context) {
	done := ctx.Done()
	for {
		select {
		case <-over.Done():
			return
		case <-done:
			done = nil
			_ = r.retry(over, func(ctx context.Context) error { // in an outage the agent stops the tool by itself
				_, err := r.link.agent.Ask(ctx, &wire.AskRequest{Id: r.id, Wish: wire.AskRequest_STOP})
				return err
			})
		case wish := <-r.streams.Ask:
			asked := wire.AskRequest_COUNTERS
			if wish == launch.WishFlush {
				asked = wire.AskRequest_FLUSH
			}
			_ = r.once(over, func(ctx context.Context) error { // podtracer asks again in a second
				_, err := r.link.agent.Ask(ctx, &wire.AskRequest{Id: r.id, Wish: asked})
				return err
			})
		}
	}
}

// feed passes input on to the tool until over ends. Input that was on its way when the connection broke is not sent again: the tool
// then reads the end of its input.
func (r *remote) feed(over context.Context) {
	s := r.streams
	if s.Stdin == nil && s.Keys == nil {
		return
	}
	to, err := r.link.agent.Input(over)
	if err != nil || to.Send(&wire.InputRequest{Id: r.id}) != nil {
		return
	}
	defer func() { _, _ = to.CloseAndRecv() }()
	if s.Keys == nil {
		feedFrom(over, s.Stdin, to)
		return
	}
	for {
		var q wire.InputRequest
		select {
		case <-over.Done():
			return
		case keys := <-s.Keys:
			q.Bytes = keys
		case size := <-s.Sizes:
			q.Size = sizeOf(size)
		}
		if to.Send(&q) != nil {
			return
		}
	}
}

// feedFrom passes on what it reads. A read that is still waiting when over ends is left behind, since nothing can end it.
func feedFrom(over context.Context, from io.Reader, to grpc.ClientStreamingClient[wire.InputRequest, wire.InputReply]) {
	pieces := make(chan []byte)
	go func() { // ends with from, or when over has ended and it has read something more
		defer close(pieces)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				select {
				case pieces <- buffer[:n]:
				case <-over.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case <-over.Done():
			return
		case p, ok := <-pieces:
			if !ok || to.Send(&wire.InputRequest{Bytes: p}) != nil {
				return
			}
		}
	}
}
