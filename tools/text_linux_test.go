package tools

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// untilText waits for a state of a text.
func (n *node) untilText(t *testing.T, id TextID, is func(TextState) bool) TextState {
	t.Helper()
	ctx := within(t, 2*patience)
	for seen := (TextState{}); ; {
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

func ended(s TextState) bool { return s.Ended }

// texts are those of some lines.
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

// searchAll looks for all lines that a filter takes.
func (n *node) searchAll(t *testing.T, id TextID, f Filter, from uint64, backwards bool) (found []uint64) {
	t.Helper()
	ctx := within(t, 2*patience)
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
	state := n.untilText(t, id, func(s TextState) bool {
		if looks++; s.Last > 0 && looks%20 == 1 {
			for _, number := range []uint64{1, 1 + s.Last/3, s.Last} {
				if got := n.texts(t, id, number); len(got) != 1 || got[0] != strconv.FormatUint(number, 10) {
					t.Fatalf("line %d of %+v is %q", number, s, got)
				}
			}
		}
		return s.Ended
	})
	if want := (TextState{First: 1, Last: 1e6, Ended: true}); state != want {
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
	find := Filter{Find: regexp.MustCompile("99")}
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
