package agent

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/tools/launch"
)

// seenAway is what a person has seen of how far a run was behind.
type seenAway struct {
	mu      sync.Mutex
	all     []launch.Away
	notices []string
}

func (s *seenAway) streams(out *bytes.Buffer) launch.Streams {
	return launch.Streams{
		Stdout: out,
		Away:   func(a launch.Away) { s.mu.Lock(); s.all = append(s.all, a); s.mu.Unlock() },
		Notice: func(text string) { s.mu.Lock(); s.notices = append(s.notices, text); s.mu.Unlock() },
	}
}

func (s *seenAway) newest() launch.Away {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return launch.Away{}
	}
	return s.all[len(s.all)-1]
}

func TestAnOutageAndWhatIsStillToComeAreSeen(t *testing.T) {
	f := newFar(t, time.Hour)
	connection := breaks(f)
	var seen seenAway
	var out bytes.Buffer
	began, done := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s := seen.streams(&out)
	s.Started = func() { close(began) }
	go func() { // ends with the tool
		_, err := f.Launch(ctx, cart, []string{"sh", "-c", "sleep 1; head -c 3000000 /dev/zero; exec sleep infinity"}, s)
		done <- err
	}()
	<-began
	connection.set(true)
	eventually.Nil(t, patience, func() error { // the tool goes on, out of reach
		if a := seen.newest(); a.Since.IsZero() || a.Node != "far" {
			return fmt.Errorf("%+v", a)
		}
		for _, r := range f.server.all() {
			if state, _ := r.out.file.Get(); state.End.Offset < 3_000_000 {
				return fmt.Errorf("it has written %d bytes", state.End.Offset)
			}
		}
		return nil
	})
	connection.set(false)
	eventually.Nil(t, patience, func() error {
		if a := seen.newest(); a != (launch.Away{}) {
			return fmt.Errorf("%+v", a)
		}
		return nil
	})
	stop()
	if err := <-done; err != nil || out.Len() != 3_000_000 {
		t.Errorf("%v, %d bytes", err, out.Len())
	}
	most := int64(0)
	for _, a := range seen.all {
		most = max(most, a.Bytes)
	}
	if most != 3_000_000 {
		t.Errorf("it was %d bytes behind", most)
	}
	if len(seen.notices) == 0 || !strings.HasPrefix(seen.notices[0], "reconnecting, node far keeps recording") {
		t.Errorf("told %q", seen.notices)
	}
}

func TestALongOutageIsToldAgainAndWhatItCost(t *testing.T) {
	var seen seenAway
	s := seen.streams(nil)
	a := away{node: "far", tell: s.Away, notice: s.Notice}
	broke := func() { a.lost(time.Now()); a.broke(fmt.Errorf("EOF")) }
	broke()
	a.reached(10, 10)
	broke() // short ones are told once
	a.now.Since = time.Now().Add(-31 * time.Second)
	broke()
	broke()
	a.now.Since = time.Now().Add(-61 * time.Second)
	broke()
	a.reached(10, 3_000_010)
	got := strings.Join(seen.notices, "\n")
	want := "reconnecting, node far keeps recording: the connection broke (EOF), and podtracer dials again\n" +
		"node far is reached again\n" +
		"still reconnecting, node far keeps recording: 31s behind\n" +
		"still reconnecting, node far keeps recording: 1m1s behind\n" +
		"node far is reached again after 1m1s: 3.0 MB of its output are still to come"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
}

// Output that a console could not fetch in time is there for a while when it comes back: the agent does not end with it.
func TestAnAgentWithOutputThatNobodyHasFetchedStaysForAWhile(t *testing.T) {
	const idle = followedSoon
	f := newFar(t, idle, func(s *Server) { s.KeepFor = 20 * idle })
	connection := breaks(f)
	var out bytes.Buffer
	wrote, done := make(chan struct{}), make(chan error, 1)
	go func() { // ends with the tool
		_, err := f.Launch(t.Context(), cart, []string{"sh", "-c", "sleep 0.1; echo kept; exec sleep infinity"}, launch.Streams{Stdout: &out, Started: func() { close(wrote) }})
		done <- err
	}()
	<-wrote
	connection.set(true)
	eventually.Nil(t, patience, func() error {
		for _, r := range f.server.all() {
			select {
			case <-r.done:
				return nil
			default:
			}
		}
		return fmt.Errorf("the tool runs")
	})
	time.Sleep(3 * idle) // longer than an agent stays that keeps nothing
	connection.set(false)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "nobody followed it") || out.String() != "kept\n" {
		t.Errorf("%v, got %q", err, out.String())
	}
	f.Close()
	select {
	case err := <-f.ended:
		f.ended <- err
	case <-time.After(patience):
		t.Error("the agent stays when it keeps nothing")
	}
}
