package tools

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// followed is a launcher whose commands run on another node, where others can follow them, too. Each writes a capture, and goes on.
type followed struct {
	onThisNode
	stopped chan struct{} // closed when somebody else stops the commands
}

func (f followed) Launch(ctx context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	if s.Podless {
		return launch.Exit{}, nil
	}
	s.Named("a name that nobody guesses")
	s.Started()
	if _, err := s.Stdout.Write(pcaptest.Stream(5)); err != nil {
		return launch.Exit{}, err
	}
	select {
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), launch.ErrLetGo) {
			return launch.Exit{}, launch.ErrLetGo
		}
	case <-f.stopped:
	}
	return launch.Exit{Stopped: true}, nil
}

// newFollowed are runs on another node.
func newFollowed(t *testing.T) (n *node, stop func()) {
	t.Helper()
	far := followed{stopped: make(chan struct{})}
	runs, err := NewRuns(context.Background(), Deps{Launcher: far, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeInTime(t, runs) })
	return &node{Runs: runs}, func() { close(far.stopped) }
}

func (n *node) startsFollowed(t *testing.T, change ...func(*Request)) RunID {
	t.Helper()
	req := Request{Pod: cart, Argv: []string{"tcpdump", "-w", "-"}}
	for _, c := range change {
		c(&req)
	}
	id := n.start(t, req)
	n.until(t, id, "packets", func(s State) bool { return s.Packets == 5 && s.Remote })
	return id
}

// takes takes a run over.
func takes(context.Context, Handover) (Heir, error) { return nil, nil }

// What had come of a run until somebody else took it over is a part, which no file may call complete.
func TestWhatCameOfARunThatIsHandedOverIsInNoFileOfItsSet(t *testing.T) {
	n, _ := newFollowed(t)
	set := n.NewSet()
	in := func(r *Request) { r.Set = set }
	handed, stays := n.startsFollowed(t, in), n.startsFollowed(t, in)
	if err := n.HandOver(t.Context(), handed, takes); err != nil {
		t.Fatal(err)
	}
	n.stopAndWait(t, stays)
	saved, err := n.SaveSet(t.Context(), set, save.Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
	if err != nil || len(saved.Runs) != 1 || saved.Runs[0] != stays || saved.Files[0].Packets != 5 {
		t.Errorf("%+v, %v", saved, err)
	}
	if part, err := n.Save(t.Context(), handed, save.Target{Path: filepath.Join(t.TempDir(), "y.pcapng")}); err == nil {
		t.Errorf("the part was saved: %+v", part)
	}
}

// labelOf reads what is known of a run when its podtracer is gone, once it has come to some bytes.
func (n *node) labelOf(t *testing.T, data string, id RunID) report.Record {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(data, "sessions", "*", strconv.Itoa(int(id))+".json"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	record, err := report.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	record.Bytes = 100
	return record
}

// If the console is killed later, nothing but the label says that what it has left is a part.
func TestWhatAConsoleHadOfARunThatWasHandedOverIsCalledAPart(t *testing.T) {
	n, _ := newFollowed(t)
	id := n.startsFollowed(t)
	err := n.HandOver(t.Context(), id, func(_ context.Context, h Handover) (Heir, error) {
		h.Placed("podtracer/helper-x:k3x7q-1")
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	verdict := n.labelOf(t, n.Runs.dir.Path(), id).Verdict().String()
	if want := "INCOMPLETE: the run went on without this podtracer, and what came later is not here: podtracer/helper-x:k3x7q-1 has all of it"; verdict != want {
		t.Errorf("got %q, want %q", verdict, want)
	}
}

// Two who own one tool would each stop it at their own time, and the first to end would take from the other what is kept of it.
func TestARunIsHandedOverOnceAndByOneAtATime(t *testing.T) {
	n, _ := newFollowed(t)
	id := n.startsFollowed(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() { // ends with goOn
		first <- n.HandOver(t.Context(), id, func(context.Context, Handover) (Heir, error) {
			close(begun)
			<-goOn
			return nil, nil
		})
	}()
	<-begun
	if err := n.HandOver(t.Context(), id, takes); err == nil {
		t.Error("it was handed over twice")
	}
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := n.HandOver(t.Context(), id, takes); err == nil {
		t.Error("it was handed over again")
	}

	id = n.startsFollowed(t)
	failed := errors.New("no room there")
	if err := n.HandOver(t.Context(), id, func(context.Context, Handover) (Heir, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if err := n.HandOver(t.Context(), id, takes); err != nil {
		t.Errorf("after one that failed: %v", err)
	}
}

// Whoever takes a run over knows how it stood when that began, and nothing that was wished later.
func TestARingIsNotFrozenWhileItIsHandedOver(t *testing.T) {
	n, _ := newFollowed(t)
	id := n.startsFollowed(t, func(r *Request) { r.Ring.Size = 8 << 20 })
	err := n.HandOver(t.Context(), id, func(context.Context, Handover) (Heir, error) {
		if err := n.Freeze(id); err == nil {
			t.Error("it was frozen")
		}
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A tool that somebody else stops has not ended by itself.
func TestAToolThatSomebodyElseStopsSaysSo(t *testing.T) {
	n, stop := newFollowed(t)
	id := n.startsFollowed(t)
	stop()
	if s := n.wait(t, id); !errors.Is(s.Cause, ErrStopped) || s.Status() != 0 {
		t.Errorf("%s, %d", s.Outcome(), s.Status())
	}
}

// Whoever goes on with a tool of this node copies what it has written. A tool that is let go where there is no room for that is lost.
func TestARunIsNotHandedOverWhereThereIsNoRoomForACopy(t *testing.T) {
	const written = 4_000_000
	n := newNodeAt(t, tmpfs(t, "size=6m"))
	id := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "head -c " + strconv.Itoa(written) + " /dev/zero; exec sleep infinity"}})
	n.until(t, id, "its output", func(s State) bool { return s.Bytes == written && s.Held })
	err := n.HandOver(t.Context(), id, func(context.Context, Handover) (Heir, error) {
		t.Error("it is let go")
		return nil, errors.New("no")
	})
	if err == nil || !strings.Contains(err.Error(), "no room for a copy") || hint.Of(err) == "" {
		t.Errorf("got %v", err)
	}
	if s := n.state(t, id); s.Phase != Running {
		t.Errorf("%+v", s)
	}
	n.stopAndWait(t, id)
}
