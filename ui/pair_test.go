package ui

import (
	"errors"
	"fmt"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// openMarked sits down before the form of some marked pods of this node.
func openMarked(t *testing.T, width, height, marked int) *person {
	t.Helper()
	p := sit(t, width, height)
	var pods []k8s.Pod
	for i := range 4 {
		one := fakes.Pod("shop", fmt.Sprintf("web-%d", i), "node-3", "Running")
		one.IPs = []string{fmt.Sprintf("10.244.1.%d", 17+i)}
		pods = append(pods, one)
	}
	p.tell(snapshot(pods...))
	for range marked {
		p.press(" ")
	}
	p.press("enter")
	return p
}

func TestBandwidthRunsAServerInTheFirstMarkedPodAndAClientInTheSecond(t *testing.T) {
	p := openMarked(t, 80, 24, 2)
	p.press("p", "bandwidth marked")
	p.sees("▸ bandwidth", "bandwidth between two marked pods", "a server in the first pod")
	p.press("enter")
	p.sees("▸ iperf3", "-c SERVER -t 10", "will run first, in shop/web-0", "iperf3 -s -1 --forceflush", "in shop/web-1", "iperf3 -c 10.244.1.17 -t 10 --forceflush")
	fits(t, p, "a pair")
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlG})
	p.press("tab", "1m", "enter", "enter") // the second while they are being started
	if len(p.pairs) != 1 || len(p.started)+len(p.startedSet) > 0 {
		t.Fatalf("pairs %v, runs %v, sets %v", p.pairs, p.started, p.startedSet)
	}
	server, client := p.pairs[0][0], p.pairs[0][1]
	if diff := cmp.Diff([]string{"iperf3", "-s", "-1", "--forceflush"}, server.Argv); diff != "" || server.Pod.Name != "web-0" {
		t.Error(server.Pod, diff)
	}
	if diff := cmp.Diff([]string{"iperf3", "-c", "10.244.1.17", "-t", "10", "--forceflush"}, client.Argv); diff != "" || client.Pod.Name != "web-1" {
		t.Error(client.Pod, diff)
	}
	if server.Limits.Timer != client.Limits.Timer || client.Limits.Timer == 0 {
		t.Errorf("%+v, %+v", server.Limits, client.Limits)
	}
	if diff := cmp.Diff([]string{"iperf3 -s -1 --forceflush & sleep 2; iperf3 -c 10.244.1.17 -t 10 --forceflush"}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestServerAndClientAreSeenSideBySideAndStoppedTogether(t *testing.T) {
	p := openMarked(t, 160, 45, 2)
	p.press("p", "bandwidth marked", "enter", "enter")
	runs := tools.List{state(1, tools.Running), state(2, tools.Running)}
	for i := range runs {
		runs[i].Capture, runs[i].Argv, runs[i].Set = false, []string{"iperf3"}, 1
		runs[i].Pod = fakes.Pod("shop", fmt.Sprintf("web-%d", i), "node-3", "Running")
	}
	p.tell(listMsg{runs, 1}, startedMsg{id: 1, client: 2})
	p.sees("▸ iperf3  shop/web-0", "iperf3  shop/web-1")
	p.press("r")
	p.sees("2 pods")
	p.press("x", "y")
	if diff := cmp.Diff([]tools.RunID{1, 2}, p.stopped); diff != "" {
		t.Error(diff)
	}
}

func TestAPairSaysWhatItNeeds(t *testing.T) {
	for marked, says := range []string{"none is marked", "one is marked", "", "3 are marked"} {
		p := openMarked(t, 80, 24, marked)
		p.press("p", "bandwidth marked")
		if says == "" {
			continue
		}
		p.sees(fmt.Sprintf("%d of 2 pods marked", marked))
		p.press("enter")
		p.sees("this needs two marked pods", says, "space marks them")
		p.seesNot("▸ iperf3")
		fits(t, p, says)
	}
}

func TestAPairIsNotStartedWhenAPodHasGoneElsewhereMeanwhile(t *testing.T) {
	p := openMarked(t, 80, 24, 2)
	p.press("p", "bandwidth marked", "enter")
	p.tell(snapshot(fakes.Pod("shop", "web-0", "node-3", "Running"), fakes.Pod("shop", "web-1", "node-8", "Running")))
	p.press("enter")
	p.sees("no tool can run in some of the marked pods", "(is on node-8", "hint:")
	p.tell(snapshot(fakes.Pod("shop", "web-0", "node-3", "Running")))
	p.press("enter")
	p.sees("this needs two marked pods", "one is marked")
	if p.press("ctrl+g", "ctrl+y"); len(p.copied) > 0 {
		t.Errorf("copied %q, which runs nowhere", p.copied)
	}
	if len(p.pairs)+len(p.started) > 0 {
		t.Error("started")
	}
	p.tell(startedMsg{err: errors.New("iperf3 in shop/web-0 ended before its client began")})
	p.sees("ended before its client began")
}

func TestTheFormOfAPairLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openMarked(t, size[0], size[1], 2)
		p.press("p", "bandwidth marked", "enter")
		golden(t, fmt.Sprintf("form-pair-%dx%d", size[0], size[1]), p.screen())
		p = openMarked(t, size[0], size[1], 0)
		p.press("p", "bandwidth marked", "enter")
		golden(t, fmt.Sprintf("form-pair-missing-%dx%d", size[0], size[1]), p.screen())
	}
}
