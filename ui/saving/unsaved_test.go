package saving

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
)

// Packets that are in a file are not counted; where their number is not exact, the text says that it is a bound.
func TestWhatIsInNoFileIsCountedAndNothingElse(t *testing.T) {
	capture := func(id tools.RunID, packets int64) tools.State {
		return tools.State{ID: id, Capture: true, Packets: packets, Bytes: packets * 100}
	}
	ring := capture(1, 1000)
	ring.Ring.Size, ring.Counters = 1<<20, report.Counters{AgedOut: 300, AgedOutBytes: 30_000}
	part := func(packets int64) save.File { return save.File{Packets: packets, Bytes: packets * 120, Partial: true} }
	for _, c := range []struct {
		name string
		list tools.List
		kept map[tools.RunID]save.File
		want []string
	}{
		{"nothing was run", nil, nil, nil},
		{"a capture without packets", tools.List{capture(1, 0)}, nil, nil},
		{"output that is no capture", tools.List{{ID: 1, Bytes: 500, Lines: 3}}, nil, nil},
		{"one in no file", tools.List{capture(1, 616)}, nil, []string{"1 capture was not saved: 616 packets, 61.6 kB"}},
		{"one that is saved", tools.List{capture(1, 616)}, map[tools.RunID]save.File{1: {Packets: 616}}, nil},
		{"one that has grown", tools.List{capture(1, 616)}, map[tools.RunID]save.File{1: part(615)}, []string{"1 capture has grown by 1 packet since it was saved"}},
		{"one that goes on, and has not grown", tools.List{capture(1, 616)}, map[tools.RunID]save.File{1: part(616)}, nil},
		{"as many as are in files beside one that is not", tools.List{capture(1, 1000), capture(2, 1142), capture(3, 616)},
			map[tools.RunID]save.File{1: {Packets: 1000}, 2: part(1142)}, []string{"1 capture was not saved: 616 packets, 61.6 kB"}},
		{"some of each kind", tools.List{capture(1, 10), capture(2, 20), capture(3, 30), capture(4, 40)}, map[tools.RunID]save.File{3: part(20), 4: part(35)},
			[]string{"2 captures were not saved: 30 packets, 3.0 kB", "2 captures have grown by 15 packets since they were saved"}},
		{"a ring in no file: what it holds", tools.List{ring}, nil, []string{"1 capture was not saved: 700 packets, 70.0 kB"}},
		{"a ring that has grown, and lost some of it", tools.List{ring}, map[tools.RunID]save.File{1: part(400)}, []string{"1 capture has grown by at most 600 packets since it was saved"}},
		{"a ring that has lost all that is in the file", tools.List{ring}, map[tools.RunID]save.File{1: part(100)}, []string{"1 capture has grown by at most 700 packets since it was saved"}},
		{"as the tool wrote it, and it has not grown", tools.List{capture(1, 10)}, map[tools.RunID]save.File{1: {Bytes: 1000, Partial: true}}, nil},
		{"as the tool wrote it, and it has grown", tools.List{capture(1, 10)}, map[tools.RunID]save.File{1: {Bytes: 900, Partial: true}}, []string{"1 capture has grown by at most 10 packets since it was saved"}},
	} {
		if diff := cmp.Diff(c.want, UnsavedOf(c.list, c.kept).Texts()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
