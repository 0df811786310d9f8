package runs

import (
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestARowSaysWhatBecameOfTheRunHoweverNarrowTheScreenIs(t *testing.T) {
	running := tools.State{ID: 1, Pod: fakes.Pod("shop", "web-5f7d9c-x2lpq", "node-3", "Running"), Capture: true, Phase: tools.Running, Packets: 1_234_567, Bytes: 1 << 30, Created: time.Now(), Began: time.Now(), Argv: []string{"tcpdump"}}
	ended := running
	ended.ID, ended.Phase, ended.Exit.Code = 2, tools.Ended, 1
	lost := running
	lost.ID, lost.Losses = 3, []report.Loss{{Kind: report.LostInKernel, Count: 412, Detail: "dropped"}}
	for width := style.MinWidth; width < 200; width++ {
		var l List
		l.Set(tools.List{running, ended, lost}, 10)
		lines := l.Lines(style.New(style.Look{}), width, 10, time.Now())
		for i, want := range []string{"INCOMPLETE ● running", "exit 1", "● running"} {
			if !strings.Contains(lines[i+1], want) {
				t.Errorf("%d cells: %q, want %s", width, lines[i+1], want)
			}
		}
		if title := strings.TrimRight(lines[0], " "); !strings.HasSuffix(title, "STATE") || strings.Contains(title, "…") {
			t.Errorf("%d cells: %q", width, title)
		}
	}
}
