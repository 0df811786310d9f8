package ui

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/ui/saving"
)

// saved is what becomes of run 1.
func saved() saving.Saved {
	return saving.Saved{ID: 1, Capture: true, File: save.File{Path: "/data/x.pcapng", Packets: 1204, Bytes: 130, Verdict: report.Verdict{Kind: report.Complete}}}
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
	p.tell(saving.All{Of: p.allSaved[0], Saved: []saving.Saved{saved()}})
	if !p.quit || len(p.allSaved) != 1 {
		t.Errorf("quit %v, saved %d times", p.quit, len(p.allSaved))
	}
	if diff := cmp.Diff([]string{"saved 1,204 packets, 130 B, complete: /data/x.pcapng"}, p.m.told); diff != "" {
		t.Error(diff)
	}
}

// kubectl cp may cut a file and say nothing, so a console in a pod says what brings it home whole.
func TestWhatBringsAFileHomeIsSaidWhereverItWasSaved(t *testing.T) {
	const line = "podtracer get podtracer/debug-pod:x.pcapng"
	p := before(t, 80, 24, busy())
	p.press("q", "a")
	p.tell(saving.All{Of: p.allSaved[0], Saved: []saving.Saved{saved()}, Fetch: line})
	if diff := cmp.Diff([]string{"saved 1,204 packets, 130 B, complete: /data/x.pcapng", "on your own machine:", line}, p.m.told); diff != "" {
		t.Error(diff)
	}
	p = before(t, 80, 24, ended(busy()))
	one := saved()
	one.Fetch = line
	p.tell(one)
	p.sees("on your own machine:", line)
	p.tell(saving.SavedSet{SavedSet: tools.SavedSet{Saved: save.Saved{Files: []save.File{one.File}}}, Fetch: line + "\n" + line + "-ethernet"})
	p.sees(line, line+"-ethernet")
}

func TestWhenNotAllCouldBeSavedNothingQuits(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.press("q", "a")
	p.tell(saving.All{Saved: []saving.Saved{saved()}, Err: errors.New("run 2: no space left on device")})
	p.sees("run 2: no space left on device")
	p.seesNot("Stopping the captures")
	if p.quit || p.m.kept[1].Path == "" {
		t.Errorf("quit %v, kept %v", p.quit, p.m.kept)
	}
}

func TestWhoGoesOnWhileAllIsSavedStaysAndIsToldWhatWasSaved(t *testing.T) {
	p := before(t, 80, 24, ended(busy()))
	p.press("q", "a", "n")
	p.tell(saving.All{Saved: []saving.Saved{saved()}})
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
		p.tell(saving.All{Of: tools.List{busy()}, Saved: []saving.Saved{saved()}})
		if p.quit {
			t.Fatalf("it quit, and what run 2 (%v) holds is gone", second.Phase)
		}
		p.sees("1 capture was not saved", "a save all and quit", "y yes")
	}
}
