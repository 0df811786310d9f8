package tools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/tally"
)

func TestAToolThatWillNotEndIsKilledAndItsStatusSaysThatOutputMayBeMissing(t *testing.T) {
	waits(t)
	n := newNode(t)
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", "trap '' INT TERM HUP; echo ready; sleep 100; sleep 100"}, Text: true})
	n.untilLine(t, id, "ready")
	began := time.Now()
	state := n.stopAndWait(t, id)
	if state.Status() != StatusLost || !state.Exit.Killed || !errors.Is(state.Cause, ErrAsked) || !strings.Contains(state.Outcome(), "was killed") {
		t.Errorf("status %d, outcome %q, %+v", state.Status(), state.Outcome(), state)
	}
	if took := time.Since(began); took < graceful || took > graceful+patience/2 {
		t.Errorf("took %v", took)
	}
}

// stubborn are tools that do all they can to stay alive.
var stubborn = map[string][]string{
	"a tcpdump that becomes another user":  {"tcpdump", "-i", "eth0", "-n"},
	"a tcpdump that writes packets":        {"tcpdump", "-i", "eth0", "-w", "-"},
	"a grandchild in a session of its own": {"sh", "-c", "setsid sleep 1000 & exec sleep 1000"},
	"a daemon":                             {"sh", "-c", "(setsid sh -c 'sleep 1000; sleep 1000' &); exec sleep 1000"},
	"one that ignores the hang-up":         {"sh", "-c", "trap '' HUP; sleep 1000; sleep 1000"},
	"one that ignores all":                 {"sh", "-c", "trap '' HUP INT TERM; setsid sh -c 'trap \"\" HUP INT TERM; sleep 1000; sleep 1000' & sleep 1000; sleep 1000"},
}

func TestAfterCloseNothingIsLeftOfAnyTool(t *testing.T) {
	demo := newDemo(t)
	needTools(t, "tcpdump", "setsid")
	mark := "PODTRACER_TEST=" + t.Name() + strconv.Itoa(os.Getpid())
	name, value, _ := strings.Cut(mark, "=")
	t.Setenv(name, value)
	data := t.TempDir()
	runs, err := NewRuns(context.Background(), Deps{Launcher: &launch.Local{Finder: demo, Here: here}, Pods: &fakePods{}, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs, demo: demo, data: data}
	for _, text := range []bool{true, false} {
		for _, argv := range stubborn {
			n.start(t, Request{Pod: shop, Argv: argv, Text: text, Stderr: new(tally.Tail)})
		}
	}
	eventually.Nil(t, patience, func() error {
		if running := marked(mark); countSleeps(running) < 14 {
			return fmt.Errorf("not all tools have started: %v", running)
		}
		return nil
	})
	saved, err := runs.Save(t.Context(), 1, save.Target{Path: filepath.Join(data, "saved")})
	if err != nil && saved.Path != "" {
		t.Errorf("got %+v, %v", saved, err)
	}
	began := time.Now()
	closeInTime(t, runs)
	if took := time.Since(began); took > graceful+patience/2 {
		t.Errorf("took %v", took)
	}
	if left := marked(mark); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
	if sessions, _ := os.ReadDir(filepath.Join(data, "sessions")); len(sessions) > 0 {
		t.Errorf("still there: %v", sessions)
	}
	list, _, err := runs.Next(t.Context(), 0)
	if err != nil || list.Active() != 0 {
		t.Errorf("%d runs are active, %v", list.Active(), err)
	}
	if _, err := runs.Start(Request{Pod: shop, Argv: []string{"true"}}); err == nil {
		t.Error("a run was started after Close")
	}
	if _, err := runs.Save(t.Context(), 2, save.Target{Path: filepath.Join(data, "late")}); err == nil {
		t.Error("a run was saved after Close")
	}
}

func countSleeps(running map[int]string) int {
	count := 0
	for _, line := range running {
		if strings.HasPrefix(line, "sleep ") {
			count++
		}
	}
	return count
}

// A child whose output is cut is counted, whoever ended it: the guard, or the hang-up of the tool's terminal.
func TestAChildThatHoldsTheOutputDoesNotHoldTheRun(t *testing.T) {
	n := newNode(t)
	// Both children lead sessions of their own before the script goes on, so the hang-up of the tool's terminal does not reach them.
	const apart = `for i in 1 2; do setsid sleep 1000 & until [ "$(cut -d" " -f6 /proc/$!/stat)" = $! ]; do :; done; done; `
	for _, text := range []bool{true, false} {
		for name, script := range map[string]string{
			"in the tool's session": "sleep 1000 & sleep 1000 & echo out; exit 3",
			"in its own session":    apart + "echo out; exit 3",
		} {
			t.Run(fmt.Sprintf("%s, text %v", name, text), func(t *testing.T) {
				began := time.Now()
				r := n.runRequest(t, Request{Pod: shop, Argv: []string{"sh", "-c", script}, Text: text})
				if r.out != "out\n" || r.Status() != 3 || r.Exit.Strays != 2 {
					t.Errorf("output %q, status %d, %+v", r.out, r.Status(), r.Exit)
				}
				if err := guards(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > patience {
					t.Errorf("took %v", took)
				}
			})
		}
	}
}
