package agent

import (
	"context"
	"io"
	"time"

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
			if done = nil; isLetGo(ctx) {
				continue
			}
			_ = r.retry(over, func(ctx context.Context) error { // in an outage the agent stops the tool by itself
				_, err := r.link.agent.Ask(ctx, &wire.AskRequest{Id: r.id, Wish: wire.AskRequest_STOP})
				return err
			})
			now := time.Now()
			r.toldToStop.Store(&now)
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

// feed passes input on to the tool until there is no more, or over ends. Each piece is sent until it has arrived, over as many
// connections as it takes: a tool that reads the end of its input has read all of it.
func (r *remote) feed(over context.Context) error {
	s, number := r.streams, uint64(0)
	give := func(q *wire.InputRequest) error {
		q.Id, q.Number = r.id, number
		number++
		return r.resume(over, func() error {
			if _, err := r.link.agent.Input(over, q); err != nil {
				return err
			}
			return io.EOF // it has arrived
		})
	}
	switch {
	case s.Keys != nil:
		return feedKeys(over, s, give)
	case s.Stdin != nil:
		return feedFrom(over, s.Stdin, give)
	default:
		return nil
	}
}

func feedKeys(over context.Context, s launch.Streams, give func(*wire.InputRequest) error) error {
	for {
		var q wire.InputRequest
		select {
		case <-over.Done():
			return nil
		case keys := <-s.Keys:
			q.Bytes = keys
		case size := <-s.Sizes:
			q.Size = sizeOf(size)
		}
		if err := give(&q); err != nil {
			return err
		}
	}
}

// feedFrom passes on what it reads. A read that is still waiting when over ends is left behind, since nothing can end it.
func feedFrom(over context.Context, from io.Reader, give func(*wire.InputRequest) error) error {
	pieces := make(chan []byte)
	go func() { // ends with from, or when over has ended and it has read something more
		defer close(pieces)
		for {
			buffer := make([]byte, piece)
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
			return nil
		case p, more := <-pieces:
			if err := give(&wire.InputRequest{Bytes: p, Ends: !more}); err != nil || !more {
				return err
			}
		}
	}
}
