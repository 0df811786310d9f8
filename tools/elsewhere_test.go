package tools

import (
	"encoding/json"
	"errors"
	"math"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

// A pod that only says that it is podtracer's may say anything of how a run stands.
func FuzzHowAnyRunStandsCanBeSaid(f *testing.F) {
	label, err := State{Argv: []string{"tcpdump"}, Created: time.Unix(1, 0)}.record("").Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range []int{math.MinInt, -1, 0, 3, 4, math.MaxInt} {
		text, err := json.Marshal(detached.Standing{Label: label, Phase: n, Bytes: int64(n), Packets: int64(n), Ring: int64(n), Exit: launch.Exit{Code: n, Signal: syscall.Signal(n)}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(_ *testing.T, text []byte, ended bool) {
		var now detached.Standing
		if json.Unmarshal(text, &now) != nil {
			return
		}
		s := State{Capture: true}
		_ = s.take(now, ended)
		_, _, _, _ = s.Outcome(), s.Status(), s.Verdict().String(), s.Phase.String()
		_, _ = s.Elapsed(time.Now()), s.Tool()
		_, _ = s.Standing()
	})
}

// Numbers that somebody else says are added to those of what has come.
func TestNumbersOfAnybodyCanBeAdded(t *testing.T) {
	label, err := State{Argv: []string{"tcpdump"}, Created: time.Unix(1, 0), Packets: math.MaxInt64, Counters: report.Counters{
		Known: true, Received: math.MaxUint64, KernelDropped: math.MaxUint64, InterfaceDropped: math.MaxUint64, AgedOut: math.MaxInt64, AgedOutBytes: math.MaxInt64,
	}}.record("").Encode()
	if err != nil {
		t.Fatal(err)
	}
	var s State
	if err := s.take(detached.Standing{Label: label}, true); err != nil {
		t.Fatal(err)
	}
	c := s.Counters
	if c.AgedOut+c.AgedOut < 0 || c.AgedOutBytes+c.AgedOutBytes < 0 || c.Dropped() < c.KernelDropped {
		t.Errorf("%+v", c)
	}
}

// What is said of a run where it goes on is what a console shows that attaches: its beginning, its counters, its losses and its end.
func TestHowARunStandsIsTheSameWhereItIsFollowed(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 4, 20, 0, time.UTC)
	for _, want := range []State{
		{Phase: Running, Counters: report.Counters{Known: true, Received: 7, KernelDropped: 2}, Losses: []report.Loss{{Kind: report.LostInKernel, Count: 2, Since: at, Detail: "dropped"}}},
		{Phase: Ended, Ended: at.Add(time.Minute), Cause: ErrAsked},
		{Phase: Ended, Ended: at.Add(time.Minute), Cause: spool.ErrMaxPackets, Limits: Limits{Packets: 5, Timer: time.Hour}},
		{Phase: Ended, Ended: at.Add(time.Minute), Exit: launch.Exit{Code: 3}, Notices: []string{"a word"}},
		{Phase: Ended, Ended: at.Add(time.Minute), Err: hint.Add(command.ErrNotInstalled, "install it")},
		{Phase: Ended, Ended: at.Add(time.Minute), Cause: ErrFrozen, Frozen: "as asked", Ring: Ring{Size: 8 << 20}, Packets: 9, Counters: report.Counters{AgedOut: 9, AgedOutBytes: 900}},
	} {
		want.Pod, want.Argv, want.Capture = k8s.Pod{Namespace: "shop", Name: "cart", UID: "1", HostNetwork: true}, []string{"tcpdump"}, true
		want.Created, want.Began, want.Device = at, at, "eth0"
		standing, err := want.Standing()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(standing)
		var travelled detached.Standing
		if err = errors.Join(err, json.Unmarshal(text, &travelled)); err != nil {
			t.Fatal(err)
		}
		got := State{Capture: true}
		if err := got.take(travelled, want.Phase == Ended); err != nil {
			t.Fatal(err)
		}
		got.Packets = want.Packets // they are those that have come
		if want.Phase == Ended {   // that is said when all has come
			got.Phase = Ended
		}
		if got.Status() != want.Status() || got.Outcome() != want.Outcome() || got.Verdict().String() != want.Verdict().String() || hint.Of(got.Err) != hint.Of(want.Err) {
			t.Errorf("got %d, %q, %q; want %d, %q, %q", got.Status(), got.Outcome(), got.Verdict(), want.Status(), want.Outcome(), want.Verdict())
		}
		got.Cause, got.Err, want.Cause, want.Err = nil, nil, nil, nil
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Limits{}), cmp.Comparer(func(a, b Ring) bool { return a.Size == b.Size })); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
