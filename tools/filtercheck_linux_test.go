package tools

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
)

// babbler stands for a program that writes without end on both streams, and ends with a last message.
type babbler struct {
	onThisNode
	last string
}

func (b babbler) Launch(_ context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	piece := bytes.Repeat([]byte("babble "), 10_000)
	for range 1000 {
		_, _ = s.Stdout.Write(piece)
		_, _ = s.Stderr.Write(piece)
	}
	_, err := s.Stderr.Write([]byte(b.last))
	return launch.Exit{Code: 1}, err
}

func TestACheckOfAFilterKeepsLittleOfWhatItIsTold(t *testing.T) {
	runs, err := NewRuns(t.Context(), Deps{
		Launcher: babbler{last: "\ntcpdump: syntax error\n(near line 1)\n"}, Pods: &fakePods{}, DataDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer runs.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	check := runs.CheckFilter(t.Context(), shop, []string{"tcpdump", "port", "nonsense"})
	runtime.ReadMemStats(&after)
	if !check.Known || check.OK || check.Message != "syntax error" {
		t.Errorf("got %+v", check)
	}
	const most = 10 << 20 // of 140 MB written; counts all memory ever allocated
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("it took %d bytes", took)
	}
}
