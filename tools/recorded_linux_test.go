package tools

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/spool"
)

// TestARunThatIsOverIsRecordedWithAllOfItsOutput looks at runs while they end: whoever reads that a run is over, and what it wrote
// before its last words, saves a part and calls it all.
func TestARunThatIsOverIsRecordedWithAllOfItsOutput(t *testing.T) {
	const runs, words = 500, "its last words"
	dir := owndirtest.Make(t, t.TempDir())
	for range runs {
		s, err := spool.New(dir, "1.spool", spool.Kind{})
		if err != nil {
			t.Fatal(err)
		}
		r := &run{spool: s}
		r.state.Set(State{Phase: Running})
		go func() { // ends before the run is over for who looks
			_, _ = s.Write([]byte(words)) // the size tells
			s.Finish()
			r.state.Set(State{Phase: Ended})
		}()
		for over := false; !over; {
			record, c, release := r.recorded()
			if over = record.Over; over && c.Size() != int64(len(words)) {
				t.Fatalf("it is over, and has %d bytes", c.Size())
			}
			release()
		}
		if err := s.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}
