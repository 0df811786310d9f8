package tools

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
)

// successor is a podtracer that goes on with a tool of this node: in this process, with copies of the files that another would have.
type successor struct {
	t     *testing.T
	node  *node
	over  Handover
	taken *launch.Taken
	runs  *Runs
	fails error
}

// succeed prepares it.
func (s *successor) succeed(_ context.Context, over Handover) (Heir, error) {
	s.over, s.taken = over, &launch.Taken{Local: &launch.Local{Finder: s.node.demo, Here: here}, Held: over.Grip.Held, Kept: copyOf(s.t, over.Kept)}
	for _, f := range over.Grip.Files {
		s.taken.Files = append(s.taken.Files, copyOf(s.t, f))
	}
	return s, nil
}

func copyOf(t *testing.T, f *os.File) *os.File {
	t.Helper()
	conn, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	copied := -1
	if err := conn.Control(func(fd uintptr) { copied, err = syscall.Dup(int(fd)) }); err != nil || copied < 0 {
		t.Fatal(err)
	}
	syscall.CloseOnExec(copied)
	return os.NewFile(uintptr(copied), f.Name())
}

func (s *successor) Begin(size int64, words []byte) (err error) {
	if s.fails != nil {
		for _, f := range append(s.taken.Files, s.taken.Kept) {
			f.Close()
		}
		return s.fails
	}
	s.taken.Size, s.taken.Words = size, words
	s.over.Placed("k3x7q-1")
	s.runs, err = NewRuns(context.Background(), Deps{Launcher: s.taken, Pods: s.node.pods, DataDir: s.node.data})
	if err != nil {
		return err
	}
	s.t.Cleanup(func() { closeInTime(s.t, s.runs); s.taken.Kept.Close() })
	_, err = s.runs.Start(Request{
		Pod: s.over.Pod, Argv: s.over.Argv, Limits: s.over.Limits, Packets: s.over.Packets, Live: s.over.Live, Since: s.over.Since, Counted: true, Stderr: &strings.Builder{},
	})
	return err
}

func (s *successor) GiveUp() { s.t.Error("it is not wanted any more") }

// A tool of this node is handed over while packets come, and the one that goes on has all of them.
func TestACaptureIsHandedOverWhilePacketsComeAndNoneIsMissing(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, heads...)
	s.send(t, 500, 100)
	before := n.until(t, id, "packets", func(s State) bool { return s.Packets == 500 && s.CanBeHandedOver() == nil })
	next := &successor{t: t, node: n}
	sending, stop := make(chan struct{}), make(chan struct{})
	go func() { // ends with stop
		defer close(sending)
		for {
			select {
			case <-stop:
				return
			default:
				s.send(t, 20, 100)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	err := n.HandOver(t.Context(), id, next.succeed)
	if err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); !state.WasLeft() || state.Status() != 0 || len(state.Losses) > 0 {
		t.Errorf("its run here: %+v", state)
	}
	heir := &node{Runs: next.runs, demo: n.demo, data: n.data, pods: n.pods}
	heir.until(t, 1, "later packets", func(s State) bool { return s.Packets > 700 && s.Phase == Running })
	close(stop)
	<-sending
	state := heir.until(t, 1, "all packets", func(state State) bool { return state.Packets == int64(s.sent) })
	if state.Device != before.Device || !state.Began.Equal(before.Began) {
		t.Errorf("device %q, began %v; before %q, %v", state.Device, state.Began, before.Device, before.Began)
	}
	state = heir.stopAndWait(t, 1)
	// What arrived before tcpdump had set its filter counts as received.
	if state.Verdict().String() != "complete" || state.Counters.Received < s.sent || !errors.Is(state.Cause, ErrAsked) {
		t.Errorf("%s, %+v, %+v", state.Verdict(), state.Counters, state)
	}
	saved, err := heir.Save(t.Context(), 1, save.Target{Path: filepath.Join(t.TempDir(), "x.pcap")})
	if lines, said := readPcap(t, saved.Path); err != nil || len(lines) != int(s.sent) || strings.Contains(said, "truncated") {
		t.Errorf("%d packets of %d, %v, %s", len(lines), s.sent, err, said)
	}
}

func TestTheTextOfAToolIsHandedOverToTheByte(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.002; done"}, Text: true})
	n.untilLine(t, id, "line 100")
	n.until(t, id, "the tool", func(s State) bool { return s.CanBeHandedOver() == nil })
	next := &successor{t: t, node: n}
	if err := n.HandOver(t.Context(), id, next.succeed); err != nil {
		t.Fatal(err)
	}
	heir := &node{Runs: next.runs, demo: n.demo, data: n.data, pods: n.pods}
	size := n.state(t, id).Bytes
	heir.until(t, 1, "more lines", func(s State) bool { return s.Bytes > 2*size })
	heir.stopAndWait(t, 1)
	saved, err := heir.Save(t.Context(), 1, save.Target{Path: filepath.Join(t.TempDir(), "x.txt")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(saved.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		if line = strings.TrimSuffix(line, "\r"); line != "line "+strconv.Itoa(i+1) && i < len(lines)-1 {
			t.Fatalf("line %d is %q", i+1, line)
		}
	}
}

// If nobody goes on with the tool, it ends, and what it wrote until then is called a part.
func TestAToolThatNobodyGoesOnWithEndsAndItsRunIsIncomplete(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, heads...)
	s.send(t, 50, 100)
	n.until(t, id, "packets", func(s State) bool { return s.Packets == 50 && s.CanBeHandedOver() == nil })
	next := &successor{t: t, node: n, fails: errors.New("no memory")}
	if err := n.HandOver(t.Context(), id, next.succeed); err == nil || !strings.Contains(err.Error(), "no memory") {
		t.Errorf("got %v", err)
	}
	if state := n.state(t, id); state.WasLeft() || state.Status() == 0 || !strings.HasPrefix(state.Verdict().String(), "INCOMPLETE") {
		t.Errorf("%+v", state)
	}
	if v := n.labelOf(t, n.data, id).Verdict(); !strings.Contains(v.String(), "INCOMPLETE: the tool was ended, because it could not be handed over") {
		t.Errorf("when its podtracer is gone, it is called %q", v)
	}
	if saved := n.save(t, id, "x.pcap"); saved.Packets != 50 {
		t.Errorf("saved %+v", saved)
	}
}

func TestWhatPodtracerHoldsItselfIsNotHandedOver(t *testing.T) {
	n := newNode(t)
	never := func(context.Context, Handover) (Heir, error) {
		t.Error("it is handed over")
		return nil, errors.New("no")
	}
	for what, change := range map[string]func(*Request){
		"a ring": func(r *Request) { r.Ring.Size = 8 << 20 }, "headers only": func(r *Request) { r.Headers = true },
	} {
		id := n.captureFlood(t, change, heads...)
		n.until(t, id, "the tool", func(s State) bool { return s.Phase == Running })
		if err := n.HandOver(t.Context(), id, never); err == nil || n.state(t, id).CanBeHandedOver() == nil {
			t.Errorf("%s: %v", what, err)
		}
		if state := n.state(t, id); state.Phase != Running {
			t.Errorf("%s: %+v", what, state)
		}
		n.stopAndWait(t, id)
	}
}
