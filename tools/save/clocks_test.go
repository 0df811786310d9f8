package save

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// timesOf are the times of the packets in a pcapng, since hour.
func timesOf(t *testing.T, path string) (times []time.Duration) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := pcap.NewNGReader(bytes.NewReader(content))
	for err == nil {
		var p pcap.NGPacket
		if p, err = file.Next(); err == nil {
			unit := time.Microsecond
			if file.Interfaces()[p.Interface].Nanos {
				unit = time.Nanosecond
			}
			times = append(times, time.Unix(int64(p.Seconds), 0).Add(time.Duration(p.Fraction)*unit).Sub(hour))
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return times
}

// ofClocks is a set of four pods on two nodes, the second of which is ahead. Every packet was captured a millisecond after the one before.
func ofClocks(ahead time.Duration) Set {
	set := setOf(
		stream{ethernet, 262144, false, []time.Duration{1 * ms, 5 * ms}}.bytes(0),
		stream{ethernet, 262144, true, []time.Duration{2*ms + ahead, 6*ms + ahead}}.bytes(1),
		stream{ethernet, 262144, false, []time.Duration{3 * ms, 7 * ms}}.bytes(2),
		stream{ethernet, 262144, false, []time.Duration{4*ms + ahead, 8*ms + ahead}}.bytes(3),
	)
	for i := range set.Recordings {
		set.Recordings[i].Clock = clock.Course{{At: hour}} // podtracer's own
		if i%2 == 1 {
			set.Recordings[i].Clock = clock.Course{{At: hour, Ahead: ahead, Within: ms}}
		}
	}
	return set
}

func TestTimesAreCorrectedIfThatIsAsked(t *testing.T) {
	for _, ahead := range []time.Duration{5 * time.Second, -90 * time.Minute} {
		set := ofClocks(ahead)
		saved, err := set.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng"), Align: true})
		if err != nil {
			t.Fatal(err)
		}
		packets, file := read(t, saved.Files[0].Path)
		if diff := cmp.Diff([]string{"0:0", "1:0", "2:0", "3:0", "0:1", "1:1", "2:1", "3:1"}, packets); diff != "" {
			t.Errorf("%v ahead: %s", ahead, diff)
		}
		if diff := cmp.Diff([]time.Duration{1 * ms, 2 * ms, 3 * ms, 4 * ms, 5 * ms, 6 * ms, 7 * ms, 8 * ms}, timesOf(t, saved.Files[0].Path)); diff != "" {
			t.Errorf("%v ahead: %s", ahead, diff)
		}
		if said := strings.Join(file.Section().Comments, "\n"); !strings.Contains(said, "node-1 "+set.Recordings[1].Clock.Words()) || !strings.Contains(said, "node-0 its own") || !strings.Contains(said, "the times are corrected") {
			t.Errorf("said %s", said)
		}
	}
}

func TestTimesStayThoseOfTheNodesIfNobodyAsks(t *testing.T) {
	set := ofClocks(5 * time.Second)
	path := saveSet(t, set).Files[0].Path
	packets, file := read(t, path)
	if diff := cmp.Diff([]string{"0:0", "2:0", "0:1", "2:1", "1:0", "3:0", "1:1", "3:1"}, packets); diff != "" {
		t.Error(diff)
	}
	if times := timesOf(t, path); times[0] != ms || times[7] != 5008*ms {
		t.Errorf("the times are %v", times)
	}
	if said := strings.Join(file.Section().Comments, "\n"); !strings.Contains(said, "node-1 5 s ahead ± 1 ms") || !strings.Contains(said, "the times are those of the nodes") {
		t.Errorf("said %s", said)
	}
}

// Pods of one node share a clock: what is known of it of one holds for all, and their order stays.
func TestPodsOfANodeStayInOrder(t *testing.T) {
	set := ofClocks(5 * time.Second)
	set.Recordings[3].Clock = clock.Course{{At: hour, Ahead: 5*time.Second + 3*ms, Within: 4 * ms}}
	saved, err := set.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng"), Align: true})
	if err != nil {
		t.Fatal(err)
	}
	packets, _ := read(t, saved.Files[0].Path)
	packets = slices.DeleteFunc(packets, func(p string) bool { return p[0] == '0' || p[0] == '2' })
	if diff := cmp.Diff([]string{"1:0", "3:0", "1:1", "3:1"}, packets); diff != "" {
		t.Error(diff)
	}
}

func TestTheTimesOfOnePodAreCorrectedIfThatIsAsked(t *testing.T) {
	r := ofClocks(5 * time.Second).Recordings[1]
	for _, align := range []bool{false, true} {
		saved, err := r.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng"), Align: align})
		if err != nil {
			t.Fatal(err)
		}
		want, words := 5002*ms, "the times are those of the nodes"
		if align {
			want, words = 2*ms, "the times are corrected"
		}
		if times := timesOf(t, saved.Path); times[0] != want {
			t.Errorf("align %v: the times are %v", align, times)
		}
		_, file := read(t, saved.Path)
		if said := strings.Join(file.Section().Comments, "\n"); !strings.Contains(said, "node-1 5 s ahead ± 1 ms") || !strings.Contains(said, words) {
			t.Errorf("align %v: said %s", align, said)
		}
	}
}
