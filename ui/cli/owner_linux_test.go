package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
	"github.com/fennec-project/podtracer/ui/cli/afar"
	"github.com/fennec-project/podtracer/ui/cli/home"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

// keeping are the options of a podtracer in a helper. What it says on standard output can be read.
func keeping(t *testing.T) (o *options, said *bufio.Reader) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close(); write.Close() })
	words, err := os.Create(filepath.Join(t.TempDir(), "words"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { words.Close() })
	o = newOptions([]string{"podtracer"}, Streams{Out: write, Err: words}, &Work{})
	o.dataDir = t.TempDir()
	return o, bufio.NewReader(read)
}

// serves serves an agent until the test ends, or until stop is called.
func (o *options) serves(t *testing.T, stay bool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&agentOptions{options: o, idle: time.Hour, stay: stay}).serve(ctx) }() // ends with ctx
	eventually.Nil(t, patience, func() error {
		c, err := net.Dial("unix", filepath.Join(o.dataDir, agentSocket))
		if err == nil {
			err = c.Close()
		}
		return err
	})
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return stop
}

// A console lets a tool go as soon as somebody says that they follow it. Nobody would, if that were said too early.
func TestWhoeverCannotFollowARunDoesNotSayThatTheyTookItOver(t *testing.T) {
	for name, limits := range map[string]tools.Limits{
		"the agent does not know it": {Timer: time.Minute},
		"there is no room for it":    {Timer: time.Minute, MinFree: 1 << 62},
	} {
		t.Run(name, func(t *testing.T) {
			o, said := keeping(t)
			o.serves(t, false)
			order, err := json.Marshal(afar.Order{
				Pod: k8s.Pod{Namespace: "shop", Name: "cart", Node: "far"}, Argv: []string{"tcpdump", "-w", "-"}, Limits: limits, Linger: time.Hour,
				Adopt: &afar.Adoption{Name: "nobody's", Packets: true, Since: time.Now()},
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan error, 1)
			go func() { // ends with ctx
				c := newOwner(o)
				c.SetArgs([]string{string(order)})
				c.SilenceUsage, c.SilenceErrors = true, true
				ended <- c.ExecuteContext(ctx)
			}()
			line, err := said.ReadBytes('\n')
			var started detached.Started
			if err != nil || json.Unmarshal(line, &started) != nil || started.Error == "" || started.ID != "" {
				t.Errorf("it said %s, %v", line, err)
				cancel()
			}
			if err := <-ended; err == nil {
				t.Error("the process ended well")
			}
			if left, err := detached.List(o.dataDir); err != nil || len(left) > 0 {
				t.Errorf("left is %+v, %v", left, err)
			}
		})
	}
}

// keepsRun makes what a detached run has left that has ended, whose process does not live any more.
func (o *options) keepsRun(t *testing.T, output string, ended time.Time) (id string) {
	t.Helper()
	dir, err := store.Begin(o.dataDir)
	if err != nil {
		t.Fatal(err)
	}
	id = dir.ID(1)
	about := detached.About{
		ID: id, Pod: "shop/cart", Argv: []string{"ss"}, Began: ended.Add(-time.Minute), Ended: ended, Stands: "exit 0; " + figures.Bytes(int64(len(output))),
		Standing: &detached.Standing{Bytes: int64(len(output))},
	}
	file, err := dir.Session().Create(store.SpoolName(1))
	if err == nil {
		_, err = file.WriteString(output)
	}
	log, begin := detached.Begin(o.dataDir, about)
	if err := errors.Join(err, begin); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(log.Reach(int64(len(output))), file.Close(), log.Close(), dir.Close(nil)); err != nil {
		t.Fatal(err)
	}
	return id
}

// An installed helper whose container is restarted begins in the directory of the one before. An output that may still be fetched there was
// promised for an hour.
func TestAnAgentThatBeginsAnewLeavesWhatDetachedRunsHaveWritten(t *testing.T) {
	o, _ := keeping(t)
	kept, late := o.keepsRun(t, "two lines\nof text\n", time.Now()), o.keepsRun(t, "nobody came\n", time.Now().Add(-2*time.Hour))
	o.serves(t, true)
	away, err := o.keeperHere()
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	if about, err := away.About(t.Context(), kept); err != nil || about.Size != int64(len("two lines\nof text\n")) {
		t.Errorf("%+v, %v", about, err)
	}
	eventually.Nil(t, patience, func() error { // what nobody has fetched in time
		_, output := away.About(t.Context(), late)
		_, known := detached.Find(o.dataDir, late)
		if !errors.Is(output, store.ErrNotFound) || !errors.Is(known, detached.ErrNone) {
			return fmt.Errorf("output %v, known %v", output, known)
		}
		return nil
	})
}

// What was there and is not there any more is lost, however well the run itself has ended.
func TestGetSaysThatAnOutputIsGone(t *testing.T) {
	o, _ := keeping(t)
	id := o.keepsRun(t, "two lines\nof text\n", time.Now())
	kept, err := o.store(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Remove(id); err != nil {
		t.Fatal(err)
	}
	err = o.withRun(t.Context(), id, o.attach)
	if said, _ := os.ReadFile(o.streams.Err.Name()); !errors.Is(err, status(tools.StatusLost)) || !strings.Contains(string(said), "no such run") {
		t.Errorf("attach: %v: %s", err, said)
	}
	if err := o.get(t.Context(), home.Place{Name: id}, save.Target{Path: filepath.Join(t.TempDir(), "x.txt")}); !errors.Is(err, status(tools.StatusLost)) {
		t.Errorf("get: %v", err)
	}
}

// Whoever takes a part for all of it deletes the pod that might tell.
func TestAnOutputThatHasBecomeShorterIsNotTakenForWhole(t *testing.T) {
	const output = "two lines\nof text\n"
	for what, size := range map[string]int64{"a part": 9, "nothing": 0} {
		t.Run(what, func(t *testing.T) {
			o, _ := keeping(t)
			id := o.keepsRun(t, output, time.Now())
			session, _, _ := strings.Cut(id, "-")
			spool := filepath.Join(o.dataDir, "sessions", session, store.SpoolName(1))
			label, err := report.Record{
				Pod: k8s.Pod{Namespace: "shop", Name: "cart"}, Argv: []string{"ss"}, Created: time.Now(), Ended: time.Now(), Bytes: int64(len(output)),
			}.Encode()
			if err == nil {
				err = os.WriteFile(strings.TrimSuffix(spool, ".spool")+".json", label, 0o600)
			}
			if err := errors.Join(err, os.Truncate(spool, size)); err != nil {
				t.Fatal(err)
			}
			missing := figures.Plural(int64(len(output))-size, "byte") + " missing from the spool"
			said := func() string {
				text, err := os.ReadFile(o.streams.Err.Name())
				if err := errors.Join(err, o.streams.Err.Truncate(0)); err != nil {
					t.Error(err)
				}
				return string(text)
			}
			if err := o.listRuns(); err != nil || !strings.Contains(said(), id+": INCOMPLETE: "+missing) {
				t.Errorf("runs: %v", err)
			}
			if err := o.withRun(t.Context(), id, o.attach); !errors.Is(err, status(tools.StatusLost)) || !strings.Contains(said(), missing) {
				t.Errorf("attach: %v", err)
			}
			if err := o.saveRun(t.Context(), id, save.Target{Path: filepath.Join(t.TempDir(), "x.txt")}); !errors.Is(err, status(tools.StatusLost)) || !strings.Contains(said(), "INCOMPLETE: "+missing) {
				t.Errorf("runs save: %v", err)
			}
			at := filepath.Join(t.TempDir(), "x.txt")
			if err := o.get(t.Context(), home.Place{Name: id}, save.Target{Path: at}); !errors.Is(err, status(tools.StatusLost)) || !strings.Contains(said(), "INCOMPLETE: "+missing) {
				t.Errorf("get: %v", err)
			}
			if got, err := os.ReadFile(at); err != nil || string(got) != output[:size] {
				t.Errorf("brought home: %q, %v", got, err)
			}
		})
	}
}

// A helper of an older podtracer ends the output where its file ends.
func TestAttachComparesWhatCameWithWhatTheRunHasWritten(t *testing.T) {
	o, _ := keeping(t)
	id := o.keepsRun(t, "two lines\nof text\n", time.Now())
	reached := filepath.Join(o.dataDir, "detached", id, "reached")
	if err := os.WriteFile(reached, []byte{0, 0, 0, 0, 0, 0, 0, 10}, 0o600); err != nil {
		t.Fatal(err)
	}
	err := o.withRun(t.Context(), id, o.attach)
	if said, _ := os.ReadFile(o.streams.Err.Name()); !errors.Is(err, status(tools.StatusLost)) || !strings.Contains(string(said), "INCOMPLETE: 8 bytes missing") {
		t.Errorf("%v: %s", err, said)
	}
}
