package agent

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/fennec-project/podtracer/tools/launch"
)

// swallowed is a connection on which nothing comes any more from a moment on.
type swallowed struct {
	net.Conn
	from <-chan struct{}
}

func (s swallowed) Write(p []byte) (int, error) {
	select {
	case <-s.from:
		return len(p), nil
	default:
		return s.Conn.Write(p)
	}
}

// Whoever gives a tool up out of reach leaves its helper there, with what it has: the person is told that podtracer ps lists that. A tool of which
// all has come leaves nothing.
func TestAHelperStaysThatHasWhatNobodyHasFetched(t *testing.T) {
	for name, swallows := range map[string]bool{"out of reach": true, "in reach": false} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, followedSoon)
			from, hurried := make(chan struct{}), make(chan struct{})
			f.through(func(c net.Conn) net.Conn { return swallowed{c, from} })
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			_, err := f.Launch(ctx, cart, []string{"sleep", "600"}, launch.Streams{Stdout: io.Discard, Hurried: hurried, Started: func() {
				if swallows {
					close(from)
				}
				stop()
				close(hurried)
			}})
			if stays := slices.Equal(f.kept, []string{cart.Node}); stays != swallows || (err != nil) != swallows {
				t.Errorf("the helpers of %q stay; %v", f.kept, err)
			}
		})
	}
}
