package cli

import (
	"errors"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
)

func TestACaptureOfWhichNothingCameMakesThoseOfAllPodsIncomplete(t *testing.T) {
	now := time.Now()
	whole := tools.State{
		Pod: k8s.Pod{Namespace: "shop", Name: "a"}, Capture: true, Phase: tools.Ended, Began: now, Ended: now, Bytes: 24, Cause: tools.ErrAsked,
		Counters: report.Counters{Known: true},
	}
	empty := tools.State{Pod: k8s.Pod{Namespace: "shop", Name: "b"}, Capture: true, Phase: tools.Ended, Ended: now, Cause: tools.ErrAsked}
	for name, test := range map[string]struct {
		of   []tools.State
		want string
	}{
		"all have packets": {[]tools.State{whole, whole}, "complete"},
		"one has none":     {[]tools.State{whole, empty}, "INCOMPLETE: nothing of shop/b: the capture is empty"},
		"none has any":     {[]tools.State{empty, empty}, ""},
		"one is not there": {[]tools.State{whole}, "INCOMPLETE: nothing of shop/c: no network"},
	} {
		m := &many{}
		if name == "one is not there" {
			m.unstarted = []unstarted{{k8s.Pod{Namespace: "shop", Name: "c"}, errors.New("no network")}}
		}
		for _, s := range test.of {
			m.order = append(m.order, &member{state: s})
		}
		if got := m.verdict().String(); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
