package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	root  string
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
	o := &owned{t: t, root: root, dir: dir, label: report.Record{
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
	o.label.Ended, o.about.Ended, o.label.Bytes = time.Now(), time.Now(), o.file.Size()
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

func TestWhoAttachesIsToldWhatIsMissingFromTheSpool(t *testing.T) {
	for _, c := range []struct {
		name    string
		lose    func(o *owned, spool string) error
		missing string
	}{
		{"nothing", func(*owned, string) error { return nil }, ""},
		{"its end", func(_ *owned, spool string) error { return os.Truncate(spool, 6) }, "6 bytes missing from the spool"},
		{"all of it", func(_ *owned, spool string) error { return os.Truncate(spool, 0) }, "12 bytes missing from the spool"},
		{"its end, and that is not noticed there", func(o *owned, _ string) error { return o.log.Reach(6) }, "6 bytes missing from the spool"},
		{"how far it has come", func(o *owned, _ string) error {
			return os.Truncate(filepath.Join(o.root, "detached", o.about.ID, "reached"), 0)
		}, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			o := own(t, root)
			o.write("all that was")
			if err := c.lose(o, o.dir.Session().Join(store.SpoolName(1))); err != nil {
				t.Fatal(err)
			}
			o.ends()
			f, done := attachTo(t, t.Context(), root, o.about.ID)
			err := <-done
			if errors.Is(err, spool.ErrMissing) != (c.missing != "") || err != nil && !strings.HasSuffix(err.Error(), c.missing) {
				t.Errorf("it ended with %v", err)
			}
			if !f.ended || f.last.Bytes != 12 || !strings.HasPrefix("all that was", f.out.String()) {
				t.Errorf("ended %v, %+v, %q", f.ended, f.last, f.out.String())
			}
		})
	}
}

// The label of a podtracer that did not count bytes says nothing of them.
func TestTextIsComparedWithWhatItsProcessKnewOfIt(t *testing.T) {
	now := time.Now()
	run := detached.About{ID: "k3x7q-1", Standing: &detached.Standing{Bytes: 12}}
	for _, c := range []struct {
		name string
		kept Kept
		run  detached.About
		lost string
	}{
		{"all of it", Kept{Size: 12, Record: &report.Record{}}, run, ""},
		{"a part", Kept{Size: 8, Record: &report.Record{}}, run, "4 bytes missing from the spool"},
		{"a part, as is known", Kept{Size: 8, Record: &report.Record{Losses: []report.Loss{{Kind: report.LostToDisk, Detail: "known", Since: now}}}}, run, "known"},
		{"whole packets of a capture", Kept{Size: 8, Record: &report.Record{Capture: true}}, run, ""},
		{"an older process", Kept{Size: 8, Record: &report.Record{}}, detached.About{}, ""},
		{"a file", Kept{Size: 8}, run, ""},
	} {
		kept := c.kept.Compare(c.run)
		lost := ""
		if kept.Record != nil && len(kept.Record.Losses) > 0 {
			lost = kept.Record.Losses[0].Detail
		}
		if lost != c.lost {
			t.Errorf("%s: %q is lost, want %q", c.name, lost, c.lost)
		}
	}
}

// A console of an older podtracer takes the end of a stream for the end of the output.
func TestAStreamDoesNotEndWellWhereASpoolHasBecomeShorter(t *testing.T) {
	root := t.TempDir()
	o := own(t, root)
	o.write("all that was")
	if err := os.Truncate(o.dir.Session().Join(store.SpoolName(1)), 6); err != nil {
		t.Fatal(err)
	}
	o.ends()
	var got bytes.Buffer
	came, err := keeperOf(t, root, func() {}, straight).Follow(t.Context(), Out, o.about.ID, &got)
	if !errors.Is(err, spool.ErrMissing) || came != 6 || got.String() != "all th" {
		t.Errorf("%d bytes came, %q, %v", came, got.String(), err)
	}
}
