package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/store"
)

// owned is a detached run whose process is this test.
type owned struct {
	t     *testing.T
	dir   *store.Dir
	log   *detached.Log
	file  *spool.File
	about detached.About
	label report.Record
}

func own(t *testing.T, root string) *owned {
	t.Helper()
	dir, err := store.Begin(root)
	if err != nil {
		t.Fatal(err)
	}
	o := &owned{t: t, dir: dir, label: report.Record{
		Pod: k8s.Pod{Namespace: "shop", Name: "cart", UID: "1"}, Argv: []string{"sh"}, Created: time.Now(), Began: time.Now(),
	}}
	if o.file, err = spool.New(dir.Session(), store.SpoolName(1), spool.Kind{}); err != nil {
		t.Fatal(err)
	}
	o.about = detached.About{ID: dir.ID(1), By: "anna", Pod: "shop/cart", Argv: []string{"sh"}, Began: time.Now()}
	if o.log, err = detached.Begin(root, o.about); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *owned) write(text string) {
	o.t.Helper()
	if _, err := o.file.Write([]byte(text)); err != nil {
		o.t.Fatal(err)
	}
	if err := o.log.Reach(o.file.Size()); err != nil {
		o.t.Fatal(err)
	}
}

// says says how the run stands.
func (o *owned) says(phase int) {
	o.t.Helper()
	label, err := o.label.Encode()
	if err == nil {
		o.about.Standing = &detached.Standing{Label: json.RawMessage(label), Phase: phase, Bytes: o.file.Size()}
		err = o.log.Tell(o.about)
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// ends ends the run; its output stays.
func (o *owned) ends() {
	o.t.Helper()
	o.file.Finish()
	o.label.Ended, o.about.Ended = time.Now(), time.Now()
	if err := o.dir.WriteLabel(o.file.Name(), o.label); err != nil {
		o.t.Fatal(err)
	}
	o.says(3)
	o.leave()
}

func (o *owned) leave() {
	o.t.Helper()
	if err := errors.Join(o.log.Close(), o.dir.Close(nil)); err != nil {
		o.t.Fatal(err)
	}
	o.file.Close()
}

// followed is what a console gets.
type followed struct {
	mu         sync.Mutex
	out, words bytes.Buffer
	last       detached.Standing
	ended      bool
}

func (f *followed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.Write(p)
}

func (f *followed) stands(now detached.Standing, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.ended = now, ended
}

func (f *followed) has(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.out.String() == text
}

func attachTo(t *testing.T, ctx context.Context, root, id string) (*followed, chan error) {
	t.Helper()
	away := keeperOf(t, root, func() {}, straight)
	run, err := away.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	f, done := &followed{}, make(chan error, 1)
	go func() { done <- away.Attach(run).Follow(ctx, f, &f.words, f.stands) }() // ends with the run, or with ctx
	return f, done
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestWhoAttachesHasAllThatARunHasWrittenAndWritesAndHowItEnded(t *testing.T) {
	root := t.TempDir()
	o := own(t, root)
	o.write("before ")
	o.says(1)
	f, done := attachTo(t, t.Context(), root, o.about.ID)
	waitFor(t, "what was written before", func() bool { return f.has("before ") })
	o.write("and after")
	fmt.Fprintln(o.log.Words, "that was it")
	waitFor(t, "what is written now", func() bool { return f.has("before and after") })
	o.ends()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !f.ended || f.last.Phase != 3 || f.last.Bytes != int64(len("before and after")) || f.words.String() != "that was it\n" {
		t.Errorf("ended %v, %+v, %q", f.ended, f.last, f.words.String())
	}
}

func TestWhoLetsGoLeavesTheRunGoingOn(t *testing.T) {
	root := t.TempDir()
	o := own(t, root)
	defer o.leave()
	o.write("something")
	o.says(1)
	ctx, cancel := context.WithCancel(t.Context())
	f, done := attachTo(t, ctx, root, o.about.ID)
	waitFor(t, "the output", func() bool { return f.has("something") })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || o.log.Stopped() {
		t.Errorf("%v, stopped: %v", err, o.log.Stopped())
	}
}

// A process that is killed says no more: what it had written, and that it was killed, is known nevertheless.
func TestOfARunWhoseProcessWasKilledAllThatIsLeftComes(t *testing.T) {
	root := t.TempDir()
	o := own(t, root)
	o.write("said and ")
	o.says(1)
	if _, err := o.file.Write([]byte("unsaid")); err != nil { // it could not say any more that it has come so far
		t.Fatal(err)
	}
	if err := o.dir.WriteLabel(o.file.Name(), report.Record{Argv: []string{"sh"}, Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
	o.leave()
	f, done := attachTo(t, t.Context(), root, o.about.ID)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	record, err := report.Decode(f.last.Label)
	if !f.has("said and unsaid") || !f.ended || f.last.Err.Text == "" || err != nil || len(record.Losses) == 0 {
		t.Errorf("%q, %+v, %+v, %v", f.out.String(), f.last, record.Losses, err)
	}
}
