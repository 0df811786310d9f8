package agent

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/launch"
)

// offsets are what a run was told of its node's clock.
type offsets struct {
	mu  sync.Mutex
	all []clock.Offset
}

func (o *offsets) add(one clock.Offset) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, one)
}

func (o *offsets) get() []clock.Offset {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all
}

func TestTheClockOfTheOtherNodeIsComparedBeforeItsOutputComes(t *testing.T) {
	for what, c := range map[string]struct{ ahead, delay time.Duration }{
		"ahead": {5 * time.Second, 0}, "behind": {-90 * time.Minute, 0}, "the same": {0, 0}, "ahead, over a slow link": {5 * time.Second, 20 * time.Millisecond},
	} {
		f := newFar(t, time.Hour, func(s *Server) { s.Now = func() time.Time { return time.Now().Add(c.ahead) } })
		f.through(func(conn net.Conn) net.Conn { return &slowly{conn, c.delay} })
		var told offsets
		var before atomic.Int32
		out := writes(func([]byte) { before.CompareAndSwap(0, 1+int32(len(told.get()))) })
		if _, err := f.Launch(t.Context(), cart, []string{"echo", "x"}, launch.Streams{Stdout: out, Clock: told.add}); err != nil {
			t.Fatal(err)
		}
		all := told.get()
		if len(all) == 0 || before.Load() < 2 {
			t.Fatalf("%s: told %v, of that before the output %d", what, all, before.Load()-1)
		}
		if o := all[0]; (o.Ahead-c.ahead).Abs() > o.Within || o.Certain() != (c.ahead != 0) || o.Within < c.delay/2 {
			t.Errorf("%s: %v, and it is %v", what, o, c.ahead)
		}
	}
}

// A second run on the node begins with what the first one knows.
func TestTheClockOfANodeIsComparedForAllRunsThere(t *testing.T) {
	var asked atomic.Int32
	f := newFar(t, time.Hour, func(s *Server) { s.Now = func() time.Time { asked.Add(1); return time.Now() } })
	var first, second offsets
	_, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: io.Discard, Clock: first.add, Started: func() {
		before := asked.Load()
		if _, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: io.Discard, Clock: second.add}); err != nil {
			t.Error(err)
		}
		if n := asked.Load() - before; n > 8 {
			t.Errorf("the second run asked %d times", n)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(first.get()) == 0 || len(second.get()) == 0 {
		t.Errorf("told %v and %v", first.get(), second.get())
	}
}

// An installed helper may be of an earlier podtracer.
func TestAnAgentThatDoesNotKnowTheQuestionIsNotWaitedFor(t *testing.T) {
	var c comparing
	if c.never(errors.New("the connection broke")) || !c.never(status.Error(codes.Unimplemented, "unknown method Clock")) {
		t.Fatal("an old agent is not told from a broken connection")
	}
	r := &remote{link: &link{}, streams: launch.Streams{Clock: func(o clock.Offset) { t.Errorf("told %v", o) }}}
	r.link.clock.offset.Set(clock.Offset{})
	began := time.Now()
	r.tellClock(t.Context())
	if took := time.Since(began); took >= awaited {
		t.Errorf("it took %v", took)
	}
}

func TestAnOldComparisonIsNotTold(t *testing.T) {
	var told offsets
	r := &remote{link: &link{}, streams: launch.Streams{Clock: told.add}}
	r.link.clock.offset.Set(clock.Offset{At: time.Now().Add(-time.Hour), Ahead: time.Minute})
	time.AfterFunc(10*time.Millisecond, func() { r.link.clock.offset.Set(clock.Offset{At: time.Now(), Ahead: time.Second}) })
	r.tellClock(t.Context())
	if all := told.get(); len(all) != 1 || all[0].Ahead != time.Second {
		t.Errorf("told %v", all)
	}
}

// slowly is a connection whose bytes take a while to come.
type slowly struct {
	net.Conn
	delay time.Duration
}

func (s *slowly) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	time.Sleep(s.delay)
	return n, err
}

// writes is a writer that is one function.
type writes func([]byte)

func (w writes) Write(p []byte) (int, error) {
	w(bytes.Clone(p))
	return len(p), nil
}

// A run that was handed over to a podtracer on its node has the clock of that node, which need not be compared, nor waited for.
func TestAnAdoptedToolHasTheClockOfItsNode(t *testing.T) {
	f := newFar(t, time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	started, ended := make(chan string, 1), make(chan struct{})
	go func() { // ends with the tool
		defer close(ended)
		_, _ = f.Launch(ctx, cart, []string{"cat"}, launch.Streams{Stdout: io.Discard, Stdin: hangs{ctx}, Named: func(id string) { started <- id }})
	}()
	adopted, err := Adopt(f.Here, f.dial, "far", <-started, false)
	if err != nil {
		t.Fatal(err)
	}
	defer adopted.Close()
	var told offsets
	following := make(chan struct{})
	go func() { // ends with the tool
		defer close(following)
		_, _ = adopted.Launch(t.Context(), cart, []string{"cat"}, launch.Streams{Stdout: io.Discard, Clock: told.add})
	}()
	eventually.Nil(t, patience, func() error {
		if len(told.get()) == 0 {
			return errors.New("nothing is told of the clock")
		}
		return nil
	})
	stop()
	<-ended
	<-following
	if all := told.get(); len(all) != 1 || !clock.Course(all).Own() {
		t.Errorf("told %v", all)
	}
}

// hangs is input that does not come.
type hangs struct{ ctx context.Context }

func (h hangs) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, io.EOF
}

// A run that begins after a stall begins with the comparison before it.
func TestAComparisonOverAStalledConnectionDoesNotReplaceASureOne(t *testing.T) {
	var c comparing
	sure := clock.Offset{At: time.Now(), Within: 260 * time.Microsecond}
	c.learn(sure)
	c.learn(clock.Offset{At: sure.At.Add(30 * time.Second), Ahead: 4 * time.Second, Within: 4020 * time.Millisecond})
	if got, _ := c.offset.Get(); got != sure {
		t.Errorf("it is %v", got)
	}
}
