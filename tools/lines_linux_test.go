package tools

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/text"
)

// lockedBuffer is a standard error that several tools write to.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// What `podtracer run` merges is what each tool writes to a pipe, and nothing that it says beside that.
func TestTheOutputOfASetBecomesLinesWithoutATerminalAndApartFromStandardError(t *testing.T) {
	n := newNode(t)
	set := n.NewSet()
	said := &lockedBuffer{}
	ids := map[RunID]string{}
	for _, pod := range []Pod{shop, cart} {
		id := n.start(t, Request{
			Pod: pod, Set: set, Lines: true, Stderr: said,
			Argv: []string{"sh", "-c", "test -t 1 && echo a terminal; echo out of " + pod.Name + "; echo said >&2"},
		})
		ids[id] = "out of " + pod.Name
	}
	for id := range ids {
		n.wait(t, id)
	}
	state, err := n.Text(t.Context(), TextID{Set: set}, text.State{})
	if err != nil || state.Last != 2 || !state.Ended {
		t.Fatalf("%+v, %v", state, err)
	}
	lines, err := n.Lines(t.Context(), TextID{Set: set}, []uint64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Note || line.Text != ids[RunID(line.Run)] {
			t.Errorf("%+v", line)
		}
	}
	if got := said.text(); got != "said\nsaid\n" {
		t.Errorf("standard error was %q", got)
	}
}

// Whoever passes lines on gets all of a line: only a screen has no use for what was overwritten.
func TestALongLineOfASetIsPassedOnWithWhatItsCarriageReturnsOverwrite(t *testing.T) {
	n := newNode(t)
	set := n.NewSet()
	id := n.start(t, Request{
		Pod: shop, Set: set, Lines: true,
		Argv: []string{"sh", "-c", `for i in $(seq 4000); do printf '%s\r' $i; done; echo end`},
	})
	n.wait(t, id)
	state, err := n.Text(t.Context(), TextID{Set: set}, text.State{})
	if err != nil {
		t.Fatal(err)
	}
	var numbers []uint64
	for number := uint64(1); number <= state.Last; number++ {
		numbers = append(numbers, number)
	}
	lines, err := n.Lines(t.Context(), TextID{Set: set}, numbers)
	if err != nil {
		t.Fatal(err)
	}
	got, want := "", ""
	for _, line := range lines {
		got += line.Text
	}
	for i := range 4000 {
		want += strconv.Itoa(i+1) + "\r"
	}
	if want += "end"; got != want {
		t.Errorf("%d bytes came of %d", len(got), len(want))
	}
}

const manyLines = 20_000_000 // bytes, each of them a line

// linesOf starts a tool with a long output, and waits until all of it has been written. Then the tool goes on.
func linesOf(t *testing.T, n *node) (SetID, RunID) {
	t.Helper()
	set := n.NewSet()
	id := n.start(t, Request{Pod: shop, Set: set, Lines: true, Argv: []string{"sh", "-c", "head -c " + strconv.Itoa(manyLines) + " /dev/zero | tr '\\0' '\\n'; sleep 1000"}})
	n.until(t, id, "the whole output", func(s State) bool { return s.Bytes == manyLines })
	return set, id
}

// Nobody waits until a long output has become lines which nobody reads.
func TestARunWhoseLinesNobodyReadsEndsWithItsTool(t *testing.T) {
	n := newNode(t)
	set, id := linesOf(t, n)
	if err := errors.Join(n.Unread(set), n.Stop(id)); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); state.Lines == manyLines || state.Bytes != manyLines {
		t.Errorf("%d lines of %d bytes", state.Lines, state.Bytes)
	}
	if err := n.Unread(set + 1); !errors.Is(err, ErrNoSet) {
		t.Errorf("of another set: %v", err)
	}
}

// Whoever leaves a console does not wait for the text that is thrown away then.
func TestTheEndOfAllRunsWaitsForNoLines(t *testing.T) {
	n := newNode(t)
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: n.demo, Here: here}, Pods: n.pods, DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	n.Runs = runs // the end of the test closes the others
	_, id := linesOf(t, n)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); state.Lines == manyLines || state.Bytes != manyLines {
		t.Errorf("%d lines of %d bytes", state.Lines, state.Bytes)
	}
}
