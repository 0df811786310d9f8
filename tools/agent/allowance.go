package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/genproto/googleapis/bytestream"

	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/pause"
)

// allowance is how much of a stream may come once the tool was to stop, or has ended. What had been written by then all comes, however long
// that takes on a slow link. An agent that sends more, or does not say how much it is, would keep the console for ever.
type allowance struct {
	mu    sync.Mutex
	most  int64     // offset up to which it may come
	known bool      // most is the end
	said  time.Time // when the agent last said how much was written; zero: nobody has to know
	at    int64     // how much had come by then
}

const (
	// finishing is how long a tool may go on writing once it was told to stop: podtracer kills it after 5 s.
	finishing = 20 * time.Second
	// unsaid is how much may come while the agent does not say how much there is: more than can be on the way.
	unsaid = 4 * wholeWindow
)

// begin says that from now on it has to be known how much there is, of which at has come.
func (a *allowance) begin(at int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said, a.at = time.Now(), at
}

// ends says that the stream ends at an offset. What was said first counts.
func (a *allowance) ends(most int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.known {
		a.most, a.known = min(most, mostKept), true
	}
}

// isKnown says whether it is known where the stream ends.
func (a *allowance) isKnown() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known
}

// check says what is wrong with a stream that has come up to an offset.
func (a *allowance) check(at int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	quiet := time.Since(a.said)
	switch {
	case a.known && at > a.most:
		return hint.Add(fmt.Errorf("the helper sends more than the %s that the tool has written", figures.Bytes(a.most)), keptHere)
	case a.known || a.said.IsZero():
		return nil
	case quiet > finishing && at-a.at > unsaid, quiet > outage:
		return hint.Add(errors.New("the tool was to stop, and the helper does not say how much it has written"), keptHere)
	default:
		return nil
	}
}

// bound asks the agent how much of a stream the tool has written, once ctx has ended, which stops the tool, until that cannot become more.
// It returns when over ends.
func (r *remote) bound(ctx, over context.Context, s *reception) {
	select {
	case <-over.Done():
		return
	case <-ctx.Done():
	}
	if isLetGo(ctx) {
		return
	}
	s.may.begin(s.got.Load())
	for over.Err() == nil && !s.may.isKnown() {
		asked := time.Now()
		reply, err := r.link.bytes.QueryWriteStatus(over, &bytestream.QueryWriteStatusRequest{ResourceName: s.name})
		switch told := r.toldToStop.Load(); {
		case err != nil:
		case reply.GetComplete(), told != nil && asked.Sub(*told) > finishing:
			s.may.ends(reply.GetCommittedSize())
		default:
			s.may.begin(s.got.Load())
		}
		pause.For(over, time.Second)
	}
}
