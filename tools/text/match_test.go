package text

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A pod chooses what stands in its packets, and so could let the border hide what would freeze a ring.
func TestWhatIsLookedForIsFoundWhereverALongLineIsContinued(t *testing.T) {
	wanted := regexp.MustCompile("NEEDLE")
	for _, border := range []int{1, 2} {
		for before := border*MaxLine - len("NEEDLE") - 1; before <= border*MaxLine+1; before++ {
			found := 0
			l := New(Kind{Match: func(text []byte) {
				if wanted.Match(text) {
					found++
				}
			}})
			w := l.Writer(false)
			for _, piece := range []string{strings.Repeat("x", before), "NEE", "DLE", strings.Repeat("y", 3000), "\n", "the next line\n"} {
				_, _ = w.Write([]byte(piece)) // never fails
			}
			if found == 0 {
				t.Errorf("NEEDLE behind %d bytes was not found", before)
			}
			_ = l.Close()
		}
	}
}

func TestALineThatContinuesNoOtherIsMatchedAlone(t *testing.T) {
	var got []string
	l := New(Kind{Match: func(text []byte) { got = append(got, string(text)) }})
	defer l.Close()
	w := l.Writer(false)
	_, _ = w.Write([]byte("a\nb\n" + strings.Repeat("x", MaxLine) + "\nc\n")) // never fails
	if want := "a,b," + strings.Repeat("x", MaxLine) + "," + strings.Repeat("x", MaxLine) + ",c"; strings.Join(got, ",") != want {
		t.Errorf("matched %d lines: %.40q…", len(got), got)
	}
}

func TestASearchFindsWhatStandsWhereALongLineIsContinued(t *testing.T) {
	find := Filter{Find: regexp.MustCompile("NEEDLE")}
	asShown := find
	asShown.Shown = Line.Shown
	for _, f := range []Filter{find, asShown} {
		for border := 1; border <= 9; border++ { // some are borders of blocks, too
			for in := 1; in < len("NEEDLE"); in++ {
				l := New(Kind{})
				w := l.Writer(false)
				_, _ = w.Write([]byte(strings.Repeat("x", border*MaxLine-in) + "NEEDLE" + strings.Repeat("y", 3*MaxLine) + "\nNEED\nLE\n")) // never fails
				state, _ := l.state.Get()
				for _, backwards := range []bool{false, true} {
					from := uint64(1)
					if backwards {
						from = state.Last
					}
					hits, err := l.Search(t.Context(), f, from, backwards, 10)
					if want := []uint64{uint64(border) + 1}; err != nil || !slices.Equal(hits.Numbers, want) {
						t.Errorf("%d bytes before border %d, backwards %v: found %v, %v", in, border, backwards, hits.Numbers, err)
					}
				}
				_ = l.Close()
			}
		}
	}
}
