package ui

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/saving"
)

// unfit are runs whose output cannot have the form that is asked for.
type unfit struct {
	Runs
	err, rescue error
}

func (u unfit) Save(context.Context, tools.RunID, save.Target) (save.File, error) {
	return save.File{}, u.err
}

func (u unfit) Rescue(_ context.Context, _ tools.RunID, wanted save.Target) (save.File, error) {
	if wanted != (save.Target{}) {
		return save.File{}, errors.New("it was tried again in a form that it cannot have")
	}
	return save.File{Path: "/data/cart.raw", Bytes: 63}, u.rescue
}

func TestWhatCannotBeSavedAsAskedIsKeptAsTheToolWroteItAndBothAreSaid(t *testing.T) {
	form := fmt.Errorf("save x.pcapng: %w: no pcap", save.ErrForm)
	full := errors.New("no space left on device")
	p := before(t, 80, 24, busy())
	p.press("s")
	p.tell(saving.Run(t.Context(), unfit{err: form}, 1, true, save.Target{Path: "x.pcapng"}))
	p.sees("/data/cart.raw", "as the tool wrote it", "no pcap", "saved 63 B")
	if p.m.saving || p.m.kept[1].Path != "/data/cart.raw" {
		t.Errorf("it is not taken for saved: %+v", p.m.kept)
	}
	for _, c := range []unfit{{err: full}, {err: form, rescue: full}} {
		p.press("s")
		p.tell(saving.Run(t.Context(), c, 1, true, save.Target{Path: "x.pcapng"}))
		p.sees("no space left")
		if !p.m.saving {
			t.Error("one cannot try another place")
		}
		p.press("esc")
	}
}

func TestTheCapturesOfASetAreSavedAsOne(t *testing.T) {
	p := sitBefore(t, 100, 28)
	p.press("down")
	p.sees("s save as one")
	p.press("s")
	p.sees("save the packets of 3 pods as one", "/captures/3-pods.pcapng", "an interface for each pod")
	p.press("enter")
	there := fmt.Errorf("save /captures/3-pods.pcapng: %w: 3-pods-raw.pcapng", newfile.ErrExists)
	p.tell(saving.SavedSet{Set: 1, Err: there})
	p.sees("3-pods-raw.pcapng", "enter replaces what is there")
	p.press("enter")
	want := []save.Target{{Path: "/captures/3-pods.pcapng"}, {Path: "/captures/3-pods.pcapng", Overwrite: true}}
	if diff := cmp.Diff(want, p.saved); diff != "" || len(p.savedSets) != 2 || p.savedSets[0] != 1 {
		t.Errorf("%v: %s", p.savedSets, diff)
	}
	part := func(packets int64, partial bool) save.Part {
		return save.Part{File: save.File{Path: "/captures/3-pods.pcapng", Packets: packets, Partial: partial}}
	}
	p.tell(saving.SavedSet{Set: 1, SavedSet: tools.SavedSet{Runs: []tools.RunID{2, 3, 4}, Saved: save.Saved{
		Files: []save.File{{Path: "/captures/3-pods.pcapng", Packets: 1204, Bytes: 130, SHA256: "9f2c"}}, Verdict: report.Verdict{Kind: report.Complete},
		Parts: []save.Part{part(1000, true), part(204, false), {Left: errors.New("nothing came")}},
	}}})
	p.sees("saved 2 pods, 1,204 packets, 130 B so far (1 still running), complete", "/captures/3-pods.pcapng (ctrl+y copies the path)", "sha256 9f2c")
	if p.m.saving || p.m.kept[2].Packets != 1000 || !p.m.kept[2].Partial || p.m.kept[3].Packets != 204 || len(p.m.kept) != 2 {
		t.Errorf("%+v", p.m.kept)
	}
	p.press("ctrl+y")
	if diff := cmp.Diff([]string{"/captures/3-pods.pcapng"}, p.copied); diff != "" {
		t.Error(diff)
	}
	p.press("enter", "s")
	p.sees("save the packets of 3 pods as one")
}

func TestTheTextOfASetIsSavedRunByRun(t *testing.T) {
	p := sit(t, 100, 28)
	list := tools.List{shell(1, tools.Running), shell(2, tools.Running)}
	list[0].Set, list[1].Set = 1, 1
	p.tell(shop(), listMsg{list, 1})
	p.press("r")
	p.seesNot("save as one")
	p.press("s")
	p.sees("run by run")
	if p.m.saving {
		t.Error("it asks where to save")
	}
}
