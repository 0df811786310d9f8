package tools

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

func TestTextOfAToolThatHadEndedIsNotCalledIncompleteWhenItIsSavedLater(t *testing.T) {
	data := t.TempDir()
	demo := newDemo(t)
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs, demo: demo, data: data}
	ended := n.start(t, Request{Pod: cart, Argv: []string{"echo", "x"}, Text: true})
	stopped := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "echo x; exec sleep 1000"}, Text: true})
	going := n.start(t, Request{Pod: cart, Argv: []string{"sh", "-c", "echo x; exec sleep 1000"}, Text: true})
	for _, id := range []RunID{stopped, going} {
		n.untilLine(t, id, "x")
	}
	n.until(t, ended, "its end", func(s State) bool { return s.Phase == Ended })
	n.stopAndWait(t, stopped)
	if left, err := n.Leave(); left != 3 || err != nil { // Leave stops the run that still goes on
		t.Errorf("%d were left, %v", left, err)
	}
	kept := store.Open(data, save.Maker{})
	list, err := kept.List()
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, e := range list {
		file, err := kept.Save(t.Context(), e.ID, save.Target{Path: filepath.Join(t.TempDir(), "x.txt")})
		if err != nil || file.Verdict.Kind != report.NoVerdict || file.Bytes != 2 {
			t.Errorf("%d: %+v, %v", i, file, err)
		}
	}
}

func TestWhatNobodySavedIsKeptByAnEndThatNobodyChose(t *testing.T) {
	data := t.TempDir()
	demo := newDemo(t)
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs, demo: demo, data: data}
	s := newSender(t, n, shop)
	saved, unsaved, empty := n.captureFlood(t, nil), n.captureFlood(t, nil), n.captureFlood(t, nil, "-Q", "out")
	text := n.start(t, Request{Pod: cart, Argv: []string{"echo", "x"}, Text: true})
	s.send(t, 30, 100)
	for _, id := range []RunID{saved, unsaved} {
		n.until(t, id, "packets", func(s State) bool { return s.Packets == 30 && s.Counters.Known })
	}
	for _, id := range []RunID{saved, empty, text} {
		n.stopAndWait(t, id)
	}
	n.save(t, saved, "x.pcap")
	s.send(t, 5, 100)
	n.until(t, unsaved, "packets", func(s State) bool { return s.Packets == 35 })
	left, err := n.Leave() // the run that was not saved still goes on
	if left != 2 || err != nil {
		t.Errorf("%d were left, %v", left, err)
	}
	kept := store.Open(data, save.Maker{})
	list, err := kept.List()
	if err != nil || len(list) != 2 || list[0].Packets != 35 || list[1].Argv[0] != "echo" {
		t.Fatalf("%+v, %v", list, err)
	}
	words := filepath.Join(t.TempDir(), "x.txt")
	if _, err := kept.Save(t.Context(), list[1].ID, save.Target{Path: words}); err != nil || readAll(t, words) != "x\n" {
		t.Errorf("%q, %v", readAll(t, words), err)
	}
	out := filepath.Join(t.TempDir(), "x.pcap")
	if saved, err := kept.Save(t.Context(), list[0].ID, save.Target{Path: out}); err != nil || saved.Verdict.String() != "complete" || saved.Packets != 35 {
		t.Errorf("%+v, %v", saved, err)
	}
	expectNumbers(t, numbers(t, out), 0, 35)
	if err := kept.Remove(list[1].ID); err != nil {
		t.Error(err)
	}
	if err := kept.Remove(list[0].ID[:3]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the beginning of an id is enough to remove: %v", err)
	}
	if err := kept.Remove(list[0].ID); err != nil {
		t.Error(err)
	}
	if sessions := globbed(data + "/sessions/*"); len(sessions) > 0 {
		t.Errorf("still there: %v", sessions)
	}
}
