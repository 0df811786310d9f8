package afar

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/agent"
	"github.com/fennec-project/podtracer/tools/detached"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/store"
)

// ending is a cluster whose helpers end at a time.
type ending struct {
	Cluster
	at time.Time
}

func (e ending) EndsBy(context.Context, string, string) (time.Time, error) { return e.at, nil }

// takenOver hands a run over to a helper that ends at a time, and returns its order.
func takenOver(t *testing.T, ends time.Time, most time.Duration) (order Order, err error) {
	t.Helper()
	r := &Runs{
		Cluster:  func() Cluster { return ending{at: ends} },
		HelperOn: func(string) (string, string) { return "podtracer", "podtracer-helper-x" },
		Owner: func(_ context.Context, _, _ string, given io.Reader, said io.Writer) error {
			err := json.NewDecoder(given).Decode(&order)
			_, writeErr := io.WriteString(said, `{"ID":"k3x7q-1"}`+"\n")
			return errors.Join(err, writeErr)
		},
	}
	_, err = r.TakeOver(t.Context(), tools.Handover{Pod: k8s.Pod{Namespace: "shop", Name: "cart", Node: "far"}}, most, func(string) {})
	return order, err
}

// An output that is removed as soon as the run has ended was made for nobody.
func TestTheOutputOfARunThatIsHandedOverStaysToBeFetched(t *testing.T) {
	for most, ends := range map[time.Duration]time.Time{
		time.Hour: {}, 2 * time.Hour: time.Now().Add(4 * time.Hour), 30 * time.Minute: time.Now().Add(8 * time.Hour),
	} {
		if order, err := takenOver(t, ends, most); err != nil || order.Limits.Timer != most || order.Linger != FetchTime {
			t.Errorf("%s of %s: it runs for %s and stays for %s, %v", most, ends, order.Limits.Timer, order.Linger, err)
		}
	}
	_, err := takenOver(t, time.Now().Add(2*time.Hour), 110*time.Minute)
	if err == nil || !strings.HasPrefix(hint.Of(err), "choose at most 54 min") && !strings.HasPrefix(hint.Of(err), "choose at most 54m") {
		t.Errorf("%v: %q", err, hint.Of(err))
	}
}

// The answer may be lost on its way, after the process has begun to own the run: two would own it.
func TestARunIsTakenOverAlsoIfTheAnswerIsLost(t *testing.T) {
	began := time.Now()
	for name, c := range map[string]struct {
		since, until time.Time
		stands       string
		taken        bool
	}{
		"it owns the run":        {began, time.Time{}, "running", true},
		"it owns another run":    {began.Add(time.Second), time.Time{}, "running", false},
		"it has ended meanwhile": {began, began, "exit 1", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			keeper := &agent.Keeper{Store: store.Open(dir, save.Maker{})}
			r := &Runs{
				Cluster:  func() Cluster { return ending{} },
				HelperOn: func(string) (string, string) { return "podtracer", "podtracer-helper-x" },
				Keeper:   func(string, string) agent.Dialer { return keeper.Dial },
				Owner: func(_ context.Context, _, _ string, given io.Reader, _ io.Writer) error {
					var order Order
					if err := json.NewDecoder(given).Decode(&order); err != nil {
						return err
					}
					about := detached.About{
						ID: "k3x7q-1", Pod: order.Pod.String(), Argv: order.Argv, Began: c.since, Ended: c.until, Stands: c.stands,
					}
					log, err := detached.Begin(dir, about)
					if err != nil {
						return err
					}
					t.Cleanup(func() { log.Close() })
					return errors.New("the API server ended")
				},
			}
			most := 2 * time.Second
			if c.taken {
				most = time.Minute
			}
			ctx, cancel := context.WithTimeout(t.Context(), most)
			defer cancel()
			place := ""
			_, err := r.TakeOver(ctx, tools.Handover{
				Pod: k8s.Pod{Namespace: "shop", Name: "cart", Node: "far"}, Argv: []string{"tcpdump", "-w", "-"}, Since: began,
			}, time.Hour, func(at string) { place = at })
			if taken := err == nil && place == "podtracer/podtracer-helper-x:k3x7q-1"; taken != c.taken || !c.taken && err == nil {
				t.Errorf("taken over by %q, %v", place, err)
			}
		})
	}
}
