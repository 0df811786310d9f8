package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// halfGone is a detached run that has ended well, and of whose text a half is left.
type halfGone struct{ State }

func (h halfGone) Follow(_ context.Context, out, _ io.Writer, stands func(now detached.Standing, ended bool)) error {
	standing, err := h.Standing()
	if err != nil {
		return err
	}
	stands(standing, true)
	if _, err := out.Write([]byte("one half\n")); err != nil {
		return err
	}
	return spool.Missing(9)
}

func (halfGone) Stop(context.Context) error { return nil }

func TestARunThatIsFollowedAndOfWhichSomethingIsMissingHasEndedAsItDid(t *testing.T) {
	runs, err := NewRuns(context.Background(), Deps{Launcher: followed{}, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeInTime(t, runs) }()
	n, now := &node{Runs: runs}, time.Now()
	id := n.start(t, Request{Pod: cart, Argv: []string{"ss"}, Detached: Detached{Place: "k3x7q-1"}, Elsewhere: halfGone{State{
		Pod: cart, Argv: []string{"ss"}, Created: now, Began: now, Ended: now, Phase: Ended, Bytes: 18,
	}}})
	got := n.wait(t, id)
	if got.Outcome() != "exit 0" || got.Status() != StatusLost || got.Verdict().String() != "INCOMPLETE: 9 bytes missing from the spool" {
		t.Errorf("%q, %d, %q", got.Outcome(), got.Status(), got.Verdict())
	}
	if saved := n.save(t, id, "x.txt"); saved.Bytes != 9 || saved.Verdict.Kind != report.Incomplete {
		t.Errorf("saved %+v", saved)
	}
}

// speaker is a launcher whose tool writes some text, and ends.
type speaker struct{ onThisNode }

func (speaker) Launch(_ context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	_, err := s.Stdout.Write([]byte("two lines\nof text\n"))
	return launch.Exit{}, err
}

func TestARunWhoseSpoolWasCutShortIsNeitherCopiedNorSavedAsWhole(t *testing.T) {
	runs, err := NewRuns(context.Background(), Deps{Launcher: speaker{}, Pods: &fakePods{}, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { closeInTime(t, runs) }()
	n := &node{Runs: runs}
	id := n.start(t, Request{Pod: cart, Argv: []string{"sh"}})
	n.wait(t, id)
	if err := os.Truncate(runs.dir.Session().Join(store.SpoolName(int(id))), 9); err != nil {
		t.Fatal(err)
	}
	if err := n.Copy(t.Context(), id, io.Discard); !errors.Is(err, spool.ErrMissing) {
		t.Errorf("copied: %v", err)
	}
	if saved, err := n.Save(t.Context(), id, save.Target{Path: filepath.Join(t.TempDir(), "x.txt")}); !errors.Is(err, spool.ErrMissing) {
		t.Errorf("saved: %+v, %v", saved, err)
	}
}

// Nobody but the heir can know it: its spool holds all that it was given.
func TestAnHeirSaysThatNotAllIsThereThatCameBefore(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "echo two lines; echo of text; exec sleep 1000"}, Text: true})
	n.untilLine(t, id, "of text")
	n.until(t, id, "the tool", func(s State) bool { return s.CanBeHandedOver() == nil })
	next := &successor{t: t, node: n}
	err := n.HandOver(t.Context(), id, func(ctx context.Context, over Handover) (Heir, error) {
		if err := os.Truncate(n.dir.Session().Join(store.SpoolName(int(id))), 4); err != nil {
			return nil, err
		}
		return next.succeed(ctx, over)
	})
	if err != nil {
		t.Fatal(err)
	}
	size := n.state(t, id).Bytes
	heir := &node{Runs: next.runs, demo: n.demo, data: n.data, pods: n.pods}
	heir.until(t, 1, "its beginning", func(s State) bool { return s.Phase == Running && s.Bytes == 4 })
	state := heir.stopAndWait(t, 1)
	want := fmt.Sprintf("INCOMPLETE: of what it wrote until it was handed over, %d bytes of %d are not there any more", size-4, size)
	if state.Status() != StatusLost || state.Verdict().String() != want {
		t.Errorf("%d, %q, want %q", state.Status(), state.Verdict(), want)
	}
}
