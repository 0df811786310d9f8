package tools

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools/text"
)

// untilText waits until the state of a text satisfies is.
func (n *node) untilText(t *testing.T, id TextID, is func(text.State) bool) text.State {
	t.Helper()
	ctx := within(t, 2*patience)
	for seen := (text.State{}); ; {
		state, err := n.Text(ctx, id, seen)
		if err != nil {
			t.Fatalf("waited in vain: %+v, %v", seen, err)
		}
		if is(state) {
			return state
		}
		seen = state
	}
}

func ended(s text.State) bool { return s.Ended }

// texts returns the contents of some lines.
func (n *node) texts(t *testing.T, id TextID, numbers ...uint64) []string {
	t.Helper()
	found, err := n.Lines(within(t, patience), id, numbers)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, line := range found {
		all = append(all, line.Text)
	}
	return all
}

// searchAll returns the numbers of all lines that match a filter.
func (n *node) searchAll(t *testing.T, id TextID, f text.Filter, from uint64, backwards bool) (found []uint64) {
	t.Helper()
	ctx := within(t, 6*patience)
	for {
		hits, err := n.Search(ctx, id, f, from, backwards, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if found = append(found, hits.Numbers...); hits.End {
			return found
		}
		from = hits.Next
	}
}

func TestEveryLineOfAMillionIsReachableByNumberWhileTheToolRunsAndAfter(t *testing.T) {
	n := newNode(t)
	id := TextID{Run: n.start(t, Request{Pod: shop, Argv: []string{"seq", "1000000"}, Text: true})}
	looks := 0
	state := n.untilText(t, id, func(s text.State) bool {
		if looks++; s.Last > 0 && looks%20 == 1 {
			for _, number := range []uint64{1, 1 + s.Last/3, s.Last} {
				if got := n.texts(t, id, number); len(got) != 1 || got[0] != strconv.FormatUint(number, 10) {
					t.Fatalf("line %d of %+v is %q", number, s, got)
				}
			}
		}
		return s.Ended
	})
	if want := (text.State{First: 1, Last: 1e6, Ended: true}); state != want {
		t.Fatalf("got %+v", state)
	}
	numbers := make([]uint64, 1000)
	for begin := uint64(1); begin < 1e6; begin += 1000 {
		for i := range numbers {
			numbers[i] = begin + uint64(i)
		}
		got := n.texts(t, id, numbers...)
		for i, number := range numbers {
			if len(got) != len(numbers) || got[i] != strconv.FormatUint(number, 10) {
				t.Fatalf("line %d is %q", number, got[i])
			}
		}
	}
	if got := n.texts(t, id, 999_999, 0, 7, 1e6+1, 500_000); len(got) != 3 || got[0] != "999999" || got[1] != "7" || got[2] != "500000" {
		t.Errorf("got %q", got)
	}
	grepped := strings.TrimSpace(onHost(t, "sh", "-c", "seq 1000000 | grep -c 99"))
	find := text.Filter{Find: regexp.MustCompile("99")}
	for _, backwards := range []bool{false, true} {
		from := uint64(1)
		if backwards {
			from = 1e6
		}
		if got := n.searchAll(t, id, find, from, backwards); strconv.Itoa(len(got)) != grepped {
			t.Errorf("backwards %v: %d hits, want %s", backwards, len(got), grepped)
		}
	}
}

func TestTheRunsOfASetHaveATextTogetherInTheOrderInWhichTheirLinesCame(t *testing.T) {
	n := newNode(t)
	set := n.NewSet()
	script := `for i in $(seq 40); do echo "$0 $i"; sleep 0.01; done; echo "$0 beside" >&2`
	ids := map[RunID]string{}
	for _, name := range []string{"one", "two"} {
		ids[n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", script, name}, Text: true, Set: set})] = name
	}
	alone := n.start(t, Request{Pod: shop, Argv: []string{"echo", "not in the set"}, Text: true})
	together := TextID{Set: set}
	n.untilText(t, together, func(s text.State) bool { return s.Ended && s.Last == 82 })
	numbers := make([]uint64, 82)
	for i := range numbers {
		numbers[i] = uint64(i + 1)
	}
	found, err := n.Lines(t.Context(), together, numbers)
	if err != nil || len(found) != len(numbers) {
		t.Fatalf("%d lines, %v", len(found), err)
	}
	turns, came := 0, map[int][]string{}
	for i, line := range found {
		if name := ids[RunID(line.Run)]; name == "" || !strings.HasPrefix(line.Text, name) || line.Number != uint64(i+1) {
			t.Fatalf("a line of run %d: %+v", line.Run, line)
		}
		came[line.Run] = append(came[line.Run], line.Text)
		if i > 0 && line.Time.Before(found[i-1].Time) {
			t.Errorf("line %d came before the one above it", line.Number)
		}
		if i > 0 && line.Run != found[i-1].Run {
			turns++
		}
	}
	if turns < 10 {
		t.Errorf("the lines of the runs alternate only %d times", turns)
	}
	for id := range ids {
		if got := n.texts(t, TextID{Run: id}, numbers...); !slices.Equal(got, came[int(id)]) {
			t.Errorf("run %d alone has %q, in the set %q", id, got, came[int(id)])
		}
		if state := n.state(t, id); state.Set != set {
			t.Errorf("run %d is of set %d", id, state.Set)
		}
	}
	if state := n.wait(t, alone); state.Set != 0 {
		t.Errorf("the other run is of set %d", state.Set)
	}
	later := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "echo more; sleep 100"}, Text: true, Set: set})
	n.untilText(t, together, func(s text.State) bool { return !s.Ended && s.Last == 83 })
	if err := n.Stop(later); err != nil {
		t.Fatal(err)
	}
	n.untilText(t, together, ended)
}

func TestATextOrASetThatIsNotThereIsAnError(t *testing.T) {
	n := newNode(t)
	if _, err := n.Text(t.Context(), TextID{Run: 1}, text.State{}); !errors.Is(err, ErrNoRun) {
		t.Errorf("got %v", err)
	}
	for _, set := range []SetID{-1, 1} {
		if _, err := n.Lines(t.Context(), TextID{Set: set}, []uint64{1}); !errors.Is(err, ErrNoSet) {
			t.Errorf("set %d: %v", set, err)
		}
		if _, err := n.Start(Request{Pod: shop, Argv: []string{"true"}, Set: set}); !errors.Is(err, ErrNoSet) {
			t.Errorf("a run of set %d: %v", set, err)
		}
	}
}

func TestTheTextOfARunThatFilledTheDiskIsThereToItsEnd(t *testing.T) {
	n := newNodeAt(t, tmpfs(t, "size=3m"))
	line := strings.Repeat("x", 99)
	id := n.start(t, Request{Pod: shop, Argv: []string{"yes", line}, Text: true, Limits: Limits{MinFree: -1}})
	state := n.wait(t, id)
	if !errors.Is(state.Cause, ErrSpool) {
		t.Errorf("%+v", state)
	}
	whole := state.Bytes / 100
	if found := n.searchAll(t, TextID{Run: id}, text.Filter{Find: regexp.MustCompile("^x{99}$")}, 1, false); int64(len(found)) != whole || whole < 5000 {
		t.Errorf("%d lines of %d", len(found), whole)
	}
}

func TestWhatAPodtracerLeavesThatIsKilledHasNoText(t *testing.T) {
	data := t.TempDir()
	t.Cleanup(func() { // runs after Close
		for _, name := range openFiles(t) {
			if strings.HasPrefix(name, data) {
				t.Errorf("after Close %s is open", name)
			}
		}
	})
	n := newNodeAt(t, data)
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "seq 100000; sleep 100"}, Text: true})
	n.untilText(t, TextID{Run: id}, func(s text.State) bool { return s.Last == 100_000 })
	if !slices.ContainsFunc(openFiles(t), func(name string) bool {
		return strings.HasPrefix(name, data) && strings.HasSuffix(name, " (deleted)")
	}) {
		t.Fatal("no part of the text is on the disk")
	}
	files, err := os.ReadDir(n.dir.Session().Path())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	if want := []string{"1.json", "1.spool", "podtracer-session"}; !slices.Equal(names, want) {
		t.Errorf("it would leave %q", names)
	}
}

// openFiles returns the names of the files that this process has open.
func openFiles(t *testing.T) (names []string) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if name, err := os.Readlink(fd); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// On a screen of 80 cells, a hint that stood behind its reason would not be seen.
func TestAHintInATextIsALineOfItsOwn(t *testing.T) {
	n := newNode(t)
	id := n.start(t, Request{Pod: shop, Argv: []string{"true", "|", "cat"}, Text: true})
	n.wait(t, id)
	n.untilText(t, TextID{Run: id}, ended)
	want := []string{"podtracer: no shell is run, so | is passed to true as an argument", "podtracer: hint: with a shell: sh -c 'true | cat'"}
	if diff := cmp.Diff(want, n.texts(t, TextID{Run: id}, 1, 2)); diff != "" {
		t.Error(diff)
	}
}
