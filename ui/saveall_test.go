package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/newfile"
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

func TestSavingAllStopsTheCapturesAndSavesWhatIsInNoFileUnderNamesOfTheirOwn(t *testing.T) {
	list := tools.List{state(1, tools.Running), state(2, tools.Ended), state(3, tools.Ended), state(4, tools.Running), state(5, tools.Running)}
	list[4].Packets = -1 // none in the end
	k := &keeping{list: list, there: map[string]bool{"/data/cart-7f9c4-x2lpq.pcapng": true}}
	kept := map[tools.RunID]save.File{3: {Packets: 1204}, 4: {Packets: 1204, Partial: true}} // the latter grows when it is stopped
	msg := saveAll(t.Context(), k, append(tools.List(nil), list...), kept)
	if msg.err != nil {
		t.Fatal(msg.err)
	}
	want := []string{
		"stop 1", "stop 4", "stop 5", "ended 1", "ended 4", "ended 5",
		"save 1 /data/cart-7f9c4-x2lpq-2.pcapng", "save 2 /data/cart-7f9c4-x2lpq-3.pcapng", "save 4 /data/cart-7f9c4-x2lpq-4.pcapng",
	}
	if diff := cmp.Diff(want, k.told); diff != "" {
		t.Error(diff)
	}
	for _, s := range msg.saved {
		if s.saved.Partial || !s.capture {
			t.Errorf("%+v", s)
		}
	}
}

func TestOneThatCannotBeSavedDoesNotKeepTheOthersFromIt(t *testing.T) {
	list := tools.List{state(1, tools.Ended), state(2, tools.Ended)}
	msg := saveAll(t.Context(), &keeping{list: list, there: map[string]bool{}, full: 1}, list, nil)
	if msg.err == nil || !strings.Contains(msg.err.Error(), "run 1: no space left") || len(msg.saved) != 1 || msg.saved[0].id != 2 {
		t.Errorf("%+v", msg)
	}
}

// saved is what becomes of run 1.
func saved() savedMsg {
	return savedMsg{id: 1, capture: true, saved: save.File{Path: "/data/x.pcapng", Packets: 1204, Bytes: 130, Verdict: report.Verdict{Kind: report.Complete}}}
}

func TestASavesAllAndQuitsAndWhereItIsIsSaidThen(t *testing.T) {
	p := before(t, 80, 24, busy())
	p.press("q")
	p.sees("1 capture was not saved: 1,204 packets", "a save all and quit", "y yes")
	p.press("?")
	p.sees("help: quit?", "save all captures", "not saved in a file are")
	p.press("esc", "a")
	p.sees("Stopping the captures, and saving")
	if len(p.allSaved) != 1 || len(p.allSaved[0]) != 1 || p.quit {
		t.Fatalf("%v, quit %v", p.allSaved, p.quit)
	}
	p.press("a") // it is being saved
	p.tell(allSavedMsg{of: p.allSaved[0], saved: []savedMsg{saved()}})
	if !p.quit || len(p.allSaved) != 1 {
		t.Errorf("quit %v, saved %d times", p.quit, len(p.allSaved))
	}
	if diff := cmp.Diff([]string{"saved 1,204 packets, 130 B, complete: /data/x.pcapng"}, p.m.told); diff != "" {
		t.Error(diff)
	}
}

func TestWhenNotAllCouldBeSavedNothingQuits(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.press("q", "a")
	p.tell(allSavedMsg{saved: []savedMsg{saved()}, err: errors.New("run 2: no space left on device")})
	p.sees("run 2: no space left on device")
	p.seesNot("Stopping the captures")
	if p.quit || p.m.kept[1].Path == "" {
		t.Errorf("quit %v, kept %v", p.quit, p.m.kept)
	}
}

func TestWhoGoesOnWhileAllIsSavedStaysAndIsToldWhatWasSaved(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.press("q", "a", "n")
	p.tell(allSavedMsg{saved: []savedMsg{saved()}})
	p.sees("saved 1,204 packets, 130 B, complete: /data/x.pcapng")
	if p.quit {
		t.Error("it quit")
	}
}

func TestWhereNothingIsToBeSavedAIsNoAnswer(t *testing.T) {
	ping := busy()
	ping.Capture, ping.Argv = false, []string{"ping", "db"}
	p := before(t, 80, 24, ping)
	p.press("q")
	p.seesNot("a save all")
	p.press("a")
	if len(p.allSaved) > 0 || p.quit {
		t.Error("it did something")
	}
}

func TestWhatBeganAfterTheAnswerIsAskedAboutBeforePodtracerIsLeft(t *testing.T) {
	for _, second := range []tools.State{state(2, tools.Running), state(2, tools.Ended)} {
		p := before(t, 80, 24, ended(busy()))
		p.press("q", "a", "n") // save all and quit; no, go on
		p.tell(listMsg{tools.List{ended(busy()), second}, 2})
		p.press("q")
		p.tell(allSavedMsg{of: tools.List{busy()}, saved: []savedMsg{saved()}})
		if p.quit {
			t.Fatalf("it quit, and what run 2 (%v) holds is gone", second.Phase)
		}
		p.sees("1 capture was not saved", "a save all and quit", "y yes")
	}
}
