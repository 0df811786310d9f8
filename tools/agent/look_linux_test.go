package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/printable"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/launch"
)

func TestTheNetworkOfAPodOnAnotherNodeIsSeenOnceAHelperIsThere(t *testing.T) {
	f := newFar(t, time.Hour)
	if _, err := f.Network(t.Context(), cart); !errors.Is(err, netinfo.ErrNotYet) || f.dialled() != 0 || !strings.Contains(hint.Of(err), "the first tool that you start there") {
		t.Errorf("%v, hint %q, dialled %d times", err, hint.Of(err), f.dialled())
	}
	if _, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	got, err := f.Network(t.Context(), cart)
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.server.Launcher.Network(t.Context(), cart)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || len(got.Interfaces) < 2 {
		t.Errorf("%v: got %+v, want %+v", err, got, want)
	}
	stranger := cart
	stranger.UID = "uid-nobody"
	if _, err := f.Network(t.Context(), stranger); err == nil {
		t.Error("the network of a pod is seen that is not there")
	}
}

func TestWhereAHelperIsInstalledALookNeedsNoTool(t *testing.T) {
	f := newFar(t, time.Hour)
	f.installed = true
	if got, err := f.Network(t.Context(), cart); err != nil || len(got.Interfaces) < 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if exit, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}, Disposable: true}); err != nil || exit.Code != 0 {
		t.Errorf("%+v, %v", exit, err)
	}
}

// lacks is a node on which one tool is not installed.
type lacks struct {
	Node
	tool string
}

func (l lacks) Locate(pod *k8s.Pod, tool string) error {
	if tool == l.tool {
		return command.ErrNotInstalled
	}
	return l.Node.Locate(pod, tool)
}

func TestWhichToolsAreInstalledIsSaidByTheNodeThatRunsThem(t *testing.T) {
	f := newFar(t, time.Hour, func(s *Server) { s.Launcher = lacks{s.Launcher, "mtr"} })
	if err := f.Locate(&cart, "mtr"); err != nil {
		t.Errorf("without a helper: %v", err)
	}
	if _, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Locate(&cart, "mtr"); !errors.Is(err, command.ErrNotInstalled) {
		t.Errorf("got %v", err)
	}
	if err := f.Locate(&cart, "ip"); err != nil {
		t.Error(err)
	}
}

func TestANetworkFromAnotherNodeDoesNothingToATerminal(t *testing.T) {
	const bad = `"\u001b[2J"`
	var n netinfo.Network
	if err := json.Unmarshal([]byte(`{"Interfaces":[{"Name":`+bad+`,"Kind":`+bad+`,"MAC":`+bad+`}],
		"Routes":[{"Device":`+bad+`,"Kind":`+bad+`,"Via":"fe80::1%\u001b[2J","Src":"fe80::1%\u001b[2J"}],
		"Listening":[{"Protocol":`+bad+`,"Addr":"[fe80::1%\u001b[2J]:80"}]}`), &n); err != nil {
		t.Fatal(err)
	}
	n = safe(n)
	in, r, l := n.Interfaces[0], n.Routes[0], n.Listening[0]
	for _, text := range []string{in.Name, in.Kind, in.MAC, r.Device, r.Kind, r.Via.String(), r.Src.String(), l.Protocol, l.Addr.String()} {
		if !printable.Is(text) {
			t.Errorf("%q is left", text)
		}
	}
}

// The text of a capture is begun together with the capture, which makes the helper.
func TestWhatNeedsNoPodWaitsForTheHelperThatAToolMakes(t *testing.T) {
	f := newFar(t, time.Hour)
	making, made := make(chan struct{}), make(chan struct{})
	f.making = func() { close(making); <-made }
	done := make(chan error, 2)
	go func() { // ends with the tool
		_, err := f.Launch(t.Context(), cart, []string{"true"}, launch.Streams{Stdout: &bytes.Buffer{}})
		done <- err
	}()
	<-making
	go func() { // ends with the command
		_, err := f.linkFor(t.Context(), cart.Node, launch.Streams{Disposable: true, Podless: true})
		done <- err
	}()
	left := 2
	select {
	case err := <-done:
		left--
		t.Errorf("it did not wait: %v", err)
	case <-time.After(3 * time.Second): // longer than it waits for nothing
	}
	close(made)
	for range left {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	f.making = nil
	nobody := cart
	nobody.Node = "elsewhere"
	if _, err := f.linkFor(t.Context(), nobody.Node, launch.Streams{Disposable: true, Podless: true}); !errors.Is(err, netinfo.ErrNotYet) {
		t.Errorf("nobody makes a helper there, and it got %v", err)
	}
}
