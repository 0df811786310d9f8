package saving

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// keeping are runs that end some time after they were asked to, with one packet more.
type keeping struct {
	Runs
	list    tools.List
	version uint64
	there   map[string]bool // files
	full    tools.RunID     // there is no room for this one
	odd     tools.RunID     // this one does not begin like a capture
	told    []string        // the calls, in order
}

func (k *keeping) Stop(id tools.RunID) error {
	k.told = append(k.told, fmt.Sprint("stop ", id))
	return nil
}

// Next lets one run more end each time that something new is waited for.
func (k *keeping) Next(_ context.Context, seen uint64) (tools.List, uint64, error) {
	for i := range k.list {
		if r := &k.list[i]; seen > 0 && r.Phase != tools.Ended {
			r.Phase = tools.Ended
			r.Packets++
			k.told = append(k.told, fmt.Sprint("ended ", r.ID))
			break
		}
	}
	k.version++
	return append(tools.List(nil), k.list...), k.version, nil
}

func (k *keeping) DefaultPath(s tools.State) string { return "/data/" + s.Pod.Name + ".pcapng" }

func (k *keeping) DefaultSetPath(members []tools.State) string {
	return fmt.Sprintf("/data/%d-pods.pcapng", len(members))
}

// SaveSet saves the runs of a set as one, but for the odd one.
func (k *keeping) SaveSet(_ context.Context, set tools.SetID, to save.Target) (saved tools.SavedSet, err error) {
	if k.there[to.Path] {
		return saved, newfile.ErrExists
	}
	k.told = append(k.told, fmt.Sprintf("save set %d %s", set, to.Path))
	for _, r := range k.list {
		switch {
		case r.Set != set:
			continue
		case r.ID == k.full:
			return tools.SavedSet{}, errors.New("no space left on device")
		}
		part := save.Part{File: save.File{Path: to.Path, Packets: r.Packets, Partial: r.Phase != tools.Ended}}
		if r.ID == k.odd {
			part = save.Part{Left: fmt.Errorf("%w: no packets", save.ErrForm)}
		}
		saved.Runs, saved.Parts = append(saved.Runs, r.ID), append(saved.Parts, part)
	}
	k.there[to.Path] = true
	saved.Files = []save.File{{Path: to.Path}}
	return saved, nil
}

func (k *keeping) Rescue(_ context.Context, id tools.RunID, _ save.Target) (save.File, error) {
	k.told = append(k.told, fmt.Sprint("rescue ", id))
	return save.File{Path: fmt.Sprintf("/data/%d.raw", id), Bytes: 63}, nil
}

func (k *keeping) Save(_ context.Context, id tools.RunID, to save.Target) (save.File, error) {
	r := k.list[id-1]
	switch {
	case k.there[to.Path]:
		return save.File{}, newfile.ErrExists
	case to.Overwrite:
		return save.File{}, errors.New("a file that is there was to be replaced")
	case id == k.full:
		return save.File{}, errors.New("no space left on device")
	}
	k.there[to.Path] = true
	k.told = append(k.told, fmt.Sprintf("save %d %s", id, to.Path))
	return save.File{Path: to.Path, Packets: r.Packets, Bytes: 9, Partial: r.Phase != tools.Ended}, nil
}

// state is that of a capture of 1,204 packets.
func state(id tools.RunID, phase tools.Phase) tools.State {
	pod := k8s.Pod{Namespace: "shop", Name: "cart-7f9c4-x2lpq"}
	return tools.State{ID: id, Pod: pod, Phase: phase, Capture: true, Began: time.Unix(1, 0), Bytes: 1_300_000, Packets: 1204}
}

func TestSavingAllStopsTheCapturesAndSavesWhatIsInNoFileUnderNamesOfTheirOwn(t *testing.T) {
	list := tools.List{state(1, tools.Running), state(2, tools.Ended), state(3, tools.Ended), state(4, tools.Running), state(5, tools.Running)}
	list[4].Packets = -1 // none in the end
	k := &keeping{list: list, there: map[string]bool{"/data/cart-7f9c4-x2lpq.pcapng": true}}
	kept := map[tools.RunID]save.File{3: {Packets: 1204}, 4: {Packets: 1204, Partial: true}} // the latter grows when it is stopped
	msg := Captures(t.Context(), k, append(tools.List(nil), list...), kept)
	if msg.Err != nil {
		t.Fatal(msg.Err)
	}
	want := []string{
		"stop 1", "stop 4", "stop 5", "ended 1", "ended 4", "ended 5",
		"save 1 /data/cart-7f9c4-x2lpq-2.pcapng", "save 2 /data/cart-7f9c4-x2lpq-3.pcapng", "save 4 /data/cart-7f9c4-x2lpq-4.pcapng",
	}
	if diff := cmp.Diff(want, k.told); diff != "" {
		t.Error(diff)
	}
	for _, s := range msg.Saved {
		if s.File.Partial || !s.Capture {
			t.Errorf("%+v", s)
		}
	}
}

func TestOneThatCannotBeSavedDoesNotKeepTheOthersFromIt(t *testing.T) {
	list := tools.List{state(1, tools.Ended), state(2, tools.Ended)}
	msg := Captures(t.Context(), &keeping{list: list, there: map[string]bool{}, full: 1}, list, nil)
	if msg.Err == nil || !strings.Contains(msg.Err.Error(), "run 1: no space left") || len(msg.Saved) != 1 || msg.Saved[0].ID != 2 {
		t.Errorf("%+v", msg)
	}
}

func TestTheCapturesOfASetAreSavedAsOneUnlessSomeOfItIsInAFileOrThatFails(t *testing.T) {
	inSet := func(set tools.SetID, ids ...tools.RunID) (list tools.List) {
		for _, id := range ids {
			r := state(id, tools.Ended)
			r.Set = set
			list = append(list, r)
		}
		return list
	}
	pair := inSet(1, 1, 2)
	for name, c := range map[string]struct {
		list      tools.List
		kept      map[tools.RunID]save.File
		full, odd tools.RunID
		want      []string
	}{
		"beside another": {list: append(inSet(1, 1, 2), state(3, tools.Ended)), want: []string{"save set 1 /data/2-pods-2.pcapng", "save 3 /data/cart-7f9c4-x2lpq.pcapng"}},
		"two sets":       {list: append(inSet(1, 1, 2), inSet(2, 3, 4, 5)...), want: []string{"save set 1 /data/2-pods-2.pcapng", "save set 2 /data/3-pods.pcapng"}},
		"all in one file, and it has grown": {
			list: pair, kept: map[tools.RunID]save.File{1: {Path: "/x.pcapng", Packets: 1000, Partial: true}, 2: {Path: "/x.pcapng", Packets: 1204}},
			want: []string{"save set 1 /data/2-pods-2.pcapng"},
		},
		"all in one file":   {list: pair, kept: map[tools.RunID]save.File{1: {Path: "/x.pcapng", Packets: 1204}, 2: {Path: "/x.pcapng", Packets: 1204}}},
		"some in a file":    {list: pair, kept: map[tools.RunID]save.File{1: {Path: "/y.pcapng", Packets: 1204}}, want: []string{"save 2 /data/cart-7f9c4-x2lpq.pcapng"}},
		"no room":           {list: pair, full: 2, want: []string{"save set 1 /data/2-pods-2.pcapng", "save 1 /data/cart-7f9c4-x2lpq.pcapng"}},
		"one is no capture": {list: pair, odd: 2, want: []string{"save set 1 /data/2-pods-2.pcapng", "rescue 2"}},
		"of one":            {list: inSet(1, 1), want: []string{"save 1 /data/cart-7f9c4-x2lpq.pcapng"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := &keeping{list: c.list, there: map[string]bool{"/data/2-pods.pcapng": true}, full: c.full, odd: c.odd}
			all := Captures(t.Context(), k, c.list, c.kept)
			if diff := cmp.Diff(c.want, k.told); diff != "" {
				t.Error(diff)
			}
			if (all.Err != nil) != (c.full != 0) {
				t.Error(all.Err)
			}
			kept := map[tools.RunID]save.File{}
			maps.Copy(kept, c.kept)
			for _, s := range all.Sets {
				maps.Copy(kept, s.Kept())
			}
			for _, s := range all.Saved {
				kept[s.ID] = s.File
			}
			if left := UnsavedOf(c.list, kept).Captures(); (left > 0) != (c.full != 0) {
				t.Errorf("%d are in no file: %+v", left, kept)
			}
		})
	}
}

// A part of a set says how many packets of its run are in the file. What comes later is in none.
func TestWhatComesToASetAfterItWasSavedIsInNoFile(t *testing.T) {
	r := state(1, tools.Running)
	r.Set, r.Packets = 1, 0
	k := &keeping{list: tools.List{r}, there: map[string]bool{}}
	s := Set(t.Context(), k, 1, save.Target{Path: "/x.pcapng"})
	r.Packets = 5
	if got := UnsavedOf(tools.List{r}, s.Kept()).Texts(); len(got) != 1 || !strings.Contains(got[0], "has grown by 5 packets") {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsSaidOfASavedSet(t *testing.T) {
	part := func(partial bool) save.Part { return save.Part{File: save.File{Partial: partial}} }
	s := SavedSet{SavedSet: tools.SavedSet{Saved: save.Saved{
		Files:   []save.File{{Path: "/d/x.pcapng", Packets: 1000, Bytes: 5_000}, {Path: "/d/x-raw.pcapng", Packets: 204, Bytes: 1_000, SHA256: "9f2c"}},
		Parts:   []save.Part{part(true), part(false), {Left: errors.New("nothing came")}},
		Verdict: report.Verdict{Kind: report.Complete},
	}}}
	if got, want := s.String(), "saved 2 pods, 1,204 packets, 6.0 kB so far (1 still running), complete"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"204 packets of another link type: x-raw.pcapng  sha256 9f2c"}, s.Others()); diff != "" || s.Good() {
		t.Error(diff, s.Good())
	}
}
