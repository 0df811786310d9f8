package tools

import (
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
	"github.com/fennec-project/podtracer/tools/spool"
)

// TestARunThatIsOverIsRecordedWithAllOfItsOutput saves runs while they end. A reader that sees the run as ended, but only the
// output before its last write, would save a part and call it complete.
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
		go func() { // ends before the run is shown as ended
			_, _ = s.Write([]byte(words)) // a short write shows in the size
			s.Finish()
			r.state.Set(State{Phase: Ended})
		}()
		for over := false; !over; {
			record, c, release := r.recorded()
			if over = record.Over; over && c.Size() != int64(len(words)) {
				t.Fatalf("the run has ended, but only %d bytes are recorded", c.Size())
			}
			release()
		}
		if err := s.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}
