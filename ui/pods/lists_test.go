package pods

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// listed are the lists of a cluster, and the directory of its favourites.
func listed(s k8s.Snapshot, stateDir string) *Lists {
	l := New(fakes.Launcher("node-3").Reach, "", stateDir, "")
	l.Resize(20)
	l.Show(s)
	return &l
}

// found are the names of the pods that are shown, all of them.
func (l *Lists) found() []string {
	var names []string
	for _, i := range l.pods.shown {
		names = append(names, l.pods.all[i].Name)
	}
	return names
}

func TestTheSearchBoxFindsByNameLabelNodeAddressAndStatus(t *testing.T) {
	s := fakes.Mall(t)
	for query, want := range map[string]string{
		"shop/old-1":     "old-1",
		"crt9kk":         "cart-7f9c4-9kkzw",
		"cart here":      "cart-cache-0 cart-7f9c4-x2lpq",
		"label:app migr": "migrate-28hfx",
		"app=report":     "report-0",
		"app=cart app!=cart,x pod-template-hash=7f9c4": "cart-7f9c4-9kkzw cart-7f9c4-x2lpq",
		"node:node-8":       "cart-7f9c4-9kkzw",
		"status:crash":      "cart-cache-0",
		"terminat":          "old-1",
		"ns:kube":           "node-agent-4mtr2",
		"ip:10.244.1.13":    "cart-cache-0",
		"10.244.1.13:8080":  "cart-cache-0",
		"10.244.1.13.8080":  "cart-cache-0",
		"10.96.0.12":        "cart-7f9c4-9kkzw cart-7f9c4-x2lpq cart-cache-0",
		"10.244.1.12/31":    "cart-7f9c4-x2lpq cart-cache-0",
		"ip:10.300.1":       "",
		"colour:red":        "",
		"192.0.2.1":         "",
		"nothing like this": "",
	} {
		l := listed(s, "")
		l.Search(query)
		if got := strings.Join(l.found(), " "); got != want {
			t.Errorf("%s: found %q, want %q", query, got, want)
		}
	}
}

func TestAQueryThatGrowsFindsTheSameAsOneTypedAtOnce(t *testing.T) {
	s := fakes.Many(2000)
	for _, query := range []string{"pay x1", "node-1", "run"} { // short words are looked for in names only
		l := listed(s, "")
		for n := range len(query) {
			l.Search(query[:n+1])
			once := listed(s, "")
			once.Search(query[:n+1])
			if a, b := fmt.Sprint(l.found()), fmt.Sprint(once.found()); a != b {
				t.Fatalf("%q: %s is not %s", query[:n+1], a, b)
			}
		}
	}
}

func TestWhatFitsBetterComesFirst(t *testing.T) {
	var pods []k8s.Pod
	for _, name := range []string{"a-cart-0", "c-a-r-t-0", "cart", "cart-0", "cart-0-long-name", "discarto-0", "other-0"} {
		pods = append(pods, fakes.Pod("shop", name, "node-3", "Running"))
	}
	l := listed(fakes.Cluster(pods...), "")
	l.Search("cart")
	if got, want := strings.Join(l.found(), " "), "cart cart-0 cart-0-long-name a-cart-0 discarto-0 c-a-r-t-0"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

// starTwo makes two pods favourites, and returns the commands that keep the first one and both.
func starTwo(l *Lists) (one, both func() Msg) {
	star := func() func() Msg {
		_, keep := l.Star()
		return func() Msg { msg, _ := keep().(Msg); return msg }
	}
	one = star()
	l.Move(2)
	return one, star()
}

func TestOfTwoWritesInARowTheNewerOneStaysWhicheverComesLast(t *testing.T) {
	dir := t.TempDir()
	one, both := starTwo(listed(fakes.Mall(t), dir))
	both()
	one()
	text, err := os.ReadFile(filepath.Join(dir, favouritesFile))
	if err != nil || strings.Count(string(text), "/") != 2 {
		t.Errorf("%v %s", err, text)
	}
}

func TestThatFavouritesCannotBeKeptIsSaidOnceAlsoIfTwoWritesFail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := listed(fakes.Mall(t), filepath.Join(file, "state"))
	one, both := starTwo(l)
	if err := l.Take(one()); err == nil {
		t.Error("it is not said")
	}
	if err := l.Take(both()); err != nil {
		t.Errorf("it is said again: %v", err)
	}
}

func TestByNodeThePodsOfThisOneComeFirstAndTheOtherWayRoundLast(t *testing.T) {
	l := listed(fakes.Cluster(
		fakes.Pod("shop", "a", "node-8", "Running"), fakes.Pod("shop", "b", "node-3", "Running"),
		fakes.Pod("shop", "c", "node-1", "Running"), fakes.Pod("shop", "d", "node-3", "Running")), "")
	for l.pods.order.by != byNode {
		l.Sort(false)
	}
	if got := strings.Join(l.found(), " "); got != "b d c a" {
		t.Errorf("sorted by node: %s", got)
	}
	l.Sort(true)
	if got := strings.Join(l.found(), " "); got != "a c b d" {
		t.Errorf("the other way round: %s", got)
	}
}
