package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/store"
)

// killed runs a command whose console is killed when it has written something.
func killed(t *testing.T, f *far, script string) {
	t.Helper()
	began, done := make(chan struct{}), make(chan struct{})
	go func() { // ends when the link is closed
		defer close(done)
		_, _ = f.Launch(t.Context(), cart, []string{"sh", "-c", script}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
	}()
	<-began
	f.mu.Lock()
	f.gone = true // no console dials again
	f.mu.Unlock()
	f.Close()
	<-done
}

// lost waits until the only run of a helper can be fetched by somebody else.
func lost(t *testing.T, f *far) (left RunStatus) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		now, err := Look(t.Context(), f.open)
		if err != nil || now.Consoles != 0 || len(now.Runs) != 1 || now.Runs[0].Kept == "" {
			return fmt.Errorf("%+v, %w", now, err)
		}
		left = now.Runs[0]
		return nil
	})
	return left
}

// What a console that was killed has not fetched is somebody's only copy: it is told of, and whoever may exec into the helper gets it.
func TestWhatALostConsoleHasNotFetchedCanBeBroughtHomeAndThenTheHelperEnds(t *testing.T) {
	for what, script := range map[string]string{
		"on standard output":      "echo kept; exec sleep infinity",
		"on standard error alone": "echo kept >&2; exec sleep infinity",
	} {
		t.Run(what, func(t *testing.T) {
			f := newFar(t, followedSoon)
			killed(t, f, script)
			left := lost(t, f)
			if !left.Ended || !left.Lost() || left.Bytes != 5 || time.Until(left.Until) < f.server.KeepFor-patience {
				t.Errorf("%+v", left)
			}
			away := keeperOf(t, f.dir, func() {}, straight)
			kept, err := away.About(t.Context(), left.Kept)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if _, err := away.Fetch(t.Context(), kept, &out); err != nil || out.String() != "kept\n" {
				t.Errorf("%q, %v", out.String(), err)
			}
			if r := kept.Record; r == nil || r.Pod.String() != "shop/cart" || r.Verdict().Kind != report.Incomplete {
				t.Errorf("%+v", r)
			}
			if err := Forget(t.Context(), f.open, left.Kept); err != nil {
				t.Error(err)
			}
			if _, err := away.About(t.Context(), left.Kept); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("it is still there: %v", err)
			}
			select {
			case err := <-f.ended:
				f.ended <- err
			case <-time.After(patience):
				t.Fatal("the agent stays")
			}
		})
	}
}

// A laptop that was asleep for long has all of its output, also if that could have been fetched by others meanwhile.
func TestAConsoleThatComesBackHasWhatWasLeftToOthers(t *testing.T) {
	f := newFar(t, followedSoon)
	connection := breaks(f)
	var out bytes.Buffer
	began, done := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // ends with the tool
		_, err := f.Launch(ctx, cart, []string{"sh", "-c", "echo kept; exec sleep infinity"}, launch.Streams{Stdout: &out, Started: func() { close(began) }})
		done <- err
	}()
	<-began
	connection.set(true)
	left := lost(t, f)
	connection.set(false)
	if err := <-done; err == nil || out.String() != "kept\n" {
		t.Errorf("%v, got %q", err, out.String())
	}
	eventually.Nil(t, patience, func() error {
		if f.server.Dir.IsSetDown(left.Kept) {
			return errors.New("it is left nevertheless")
		}
		return nil
	})
}
