package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// breakable is a connection to a far node that a test can break, and keep broken.
type breakable struct {
	mu   sync.Mutex
	down bool
	now  net.Conn
}

func breaks(f *far) *breakable {
	b := &breakable{}
	f.through(func(c net.Conn) net.Conn {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.now = c; b.down {
			c.Close()
		}
		return c
	})
	return b
}

func (b *breakable) set(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
	b.now.Close()
}

// Who looks at a pod, or stops a second tool before it has begun, has waited for a connection behind which other tools run.
func TestWhoeverGivesUpWaitingForAnAgentTakesItFromNobody(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	in, typed := io.Pipe()
	var out safeBuffer
	began, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends with its input
		_, err := f.Launch(t.Context(), cart, []string{"cat"}, launch.Streams{Stdin: in, Stdout: &out, Stderr: &bytes.Buffer{}, Started: func() { close(began) }})
		done <- err
	}()
	<-began
	connection.set(true)
	for name, ask := range map[string]func(context.Context) error{
		"a look": func(ctx context.Context) error { _, err := f.Network(ctx, cart); return err },
		"a tool": func(ctx context.Context) error {
			_, err := f.Launch(ctx, cart, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}})
			return err
		},
	} {
		impatient, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := ask(impatient); err == nil {
			t.Errorf("%s was answered", name)
		}
		cancel()
	}
	connection.set(false)
	if _, err := io.WriteString(typed, "whole"); err != nil {
		t.Error(err)
	}
	typed.Close()
	if err := <-done; err != nil || out.String() != "whole" {
		t.Errorf("%v, %q", err, out.String())
	}
}

// A person or a timer stops a tool that its agent has stopped long before, in an outage: what came in between is missing.
func TestAToolThatTheAgentStoppedInAnOutageWasNotStoppedByTheLaterWish(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends with the tool
		_, err := f.Launch(ctx, cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
		done <- err
	}()
	<-began
	connection.set(true)
	for _, r := range f.server.stopAll(errors.New("nobody followed it")) {
		<-r.done
	}
	stop()
	connection.set(false)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "nobody followed it") {
		t.Errorf("got %v", err)
	}
}

// A node that has lost its power does not say how its tools ended, and keeps nobody waiting.
func TestAToolWhoseAgentIsNotReachedAnyMoreCanBeStopped(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends with the launch
		_, err := f.Launch(ctx, cart, []string{"sleep", "infinity"}, launch.Streams{Stdout: &bytes.Buffer{}, Started: func() { close(began) }})
		done <- err
	}()
	<-began
	connection.set(true)
	stop()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "does not say that the tool has ended") {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Error("it is waited for")
	}
	connection.set(false)
}

// A tool that read the end of its input in the middle would do half of what it was told, and call it a success.
func TestInputArrivesWholeOverAConnectionThatBreaks(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	in, typed := io.Pipe()
	const lines = 300
	go func() { // ends with the input
		defer typed.Close()
		for i := range lines {
			if i%50 == 49 {
				connection.set(false)
			}
			fmt.Fprintln(typed, "line", i)
		}
	}()
	var out, want bytes.Buffer
	for i := range lines {
		fmt.Fprintln(&want, "line", i)
	}
	exit, err := f.Launch(t.Context(), cart, []string{"cat"}, launch.Streams{Stdin: in, Stdout: &out, Stderr: &bytes.Buffer{}})
	if err != nil || exit.Code != 0 {
		t.Errorf("%+v, %v", exit, err)
	}
	if out.String() != want.String() {
		t.Errorf("got %d lines of %d: %.80q", bytes.Count(out.Bytes(), []byte("\n")), lines, out.String())
	}
}

func TestKeysReachAToolAlsoAfterTheConnectionBroke(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	keys := make(chan []byte)
	var out safeBuffer
	done := make(chan error, 1)
	go func() { // ends with the shell
		_, err := f.Launch(t.Context(), cart, []string{"sh"}, launch.Streams{Stdout: &out, Terminal: &launch.Size{Columns: 80, Rows: 24}, Keys: keys})
		done <- err
	}()
	for i := range 4 {
		keys <- fmt.Appendf(nil, "echo $((%d+40))\n", i)
		out.shows(t, fmt.Sprint(i+40))
		connection.set(false)
	}
	keys <- []byte("exit\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
}
