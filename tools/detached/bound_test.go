package detached

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/fennec-project/podtracer/tools/launch"
)

// FuzzDecode reads what a pod lists that only says that it is podtracer's: what it may be is all that a console has to expect.
func FuzzDecode(f *testing.F) {
	for _, n := range []int{math.MinInt, -1, 0, 3, 4, math.MaxInt} {
		text, err := json.Marshal([]About{{ID: "k3x7q-1", Status: n, Standing: &Standing{
			Phase: n, Bytes: int64(n), Packets: int64(n), Ring: int64(n), Limits: Limits{Size: int64(n), Packets: int64(n)}, Exit: launch.Exit{Code: n},
		}}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{"", "null", "[]", "[null]", `[{"ID":"k3x7q-1","Standing":null}]`, `[{"ID":"k3x7q-1","Began":"9999-12-31T23:59:59Z","Ended":"0000-01-01T00:00:00Z"}]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := Decode(text)
		if err != nil {
			return
		}
		for _, a := range found {
			s := a.Standing
			if !idForm.MatchString(a.ID) || a.Status < 0 || a.Status > MostStatus {
				t.Errorf("%+v", a)
			}
			if s == nil {
				continue
			}
			if s.Phase < 0 || s.Phase > lastPhase || s.Exit.Code < 0 || s.Exit.Code > MostStatus || s.Exit.Signal < 0 || s.Exit.Signal > LastSignal {
				t.Errorf("%+v", s)
			}
			if least := min(s.Bytes, s.Packets, s.Ring, int64(s.Limits.Timer), s.Limits.Packets); least < 0 || s.Limits.Size < -1 {
				t.Errorf("%+v", s)
			}
		}
	})
}
