package ui

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/panes"
)

func mall(t testing.TB) snapshotMsg { return told(fakes.Mall(t)) }

// shows are the names of the pods that are seen, from the first row on.
func (p *person) shows() []string {
	var names []string
	for row := range strings.Lines(p.screen()) {
		first, name := len(row), ""
		for _, pod := range p.m.snapshot.Pods {
			if at := strings.Index(row, pod.Name); at >= 0 && at < first {
				first, name = at, pod.Name
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func TestWhoseAnAddressIsAndWhatIsWrongIsSaid(t *testing.T) {
	s := mall(t)
	for query, want := range map[string]string{
		"10.96.0.12":  "10.96.0.12 is service shop/payments: these are its pods",
		"192.0.2.1":   "no pod, service or node of the cluster has it now",
		"ip:10.300.1": "not an address: 10.300.1",
		"colour:red":  "there are node: ip: status: ns: label:",
	} {
		p := sit(t, 100, 28)
		p.tell(s)
		p.tell(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(query), Paste: true})
		p.sees(want)
	}
}

func TestASearchIsOverAllNamespacesAndGivesTheChosenOneBack(t *testing.T) {
	p := sit(t, 120, 28)
	p.tell(shop())
	p.press("tab", "down", "down", "enter")
	p.sees("pods in shop")
	p.press("/", "agent")
	p.sees("node-agent-4mtr2", "1 of 7 pods")
	p.press("esc")
	p.sees("pods in shop", "6 of 7 pods")
}

func TestMarkedPodsAreSaidAndOneThatCannotRunIsNamedBeforeTheForm(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("down", " ", " ")
	p.sees("2 marked", "✓")
	p.press("enter")
	p.sees("shop/cart-7f9c4-9kkzw (is on", "node-8, not on node-3)", "hint:")
	if p.m.screen != home {
		t.Error("the form opened")
	}
	p.press("u")
	p.seesNot("marked ·", "✓")
}

func TestFavouritesAndLastUsedPodsComeFirstAndAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	p := sitAgain(t, 80, 24, dir)
	p.tell(mall(t), listMsg{state1(), 1})
	p.press("/", "9kkzw", "enter", "*", "esc", "g")
	if got := p.shows()[:3]; fmt.Sprint(got) != "[cart-7f9c4-9kkzw cart-7f9c4-x2lpq cart-cache-0]" && got[0] != "cart-7f9c4-9kkzw" {
		t.Errorf("first are %v", got)
	}
	p.sees("★")
	info, err := os.Stat(filepath.Join(dir, "favourites.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	next := sitAgain(t, 80, 24, dir)
	next.tell(mall(t))
	next.do(next.m.pods.Load())
	if next.shows()[0] != "cart-7f9c4-9kkzw" {
		t.Errorf("first after a restart is %s", next.shows()[0])
	}
	if err := os.WriteFile(filepath.Join(dir, "favourites.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	next.do(next.m.pods.Load())
	next.sees("read favourites", "hint: remove")
}

func TestPodsAreSortedByAnyColumn(t *testing.T) {
	p := sit(t, 120, 30)
	p.tell(mall(t))
	p.press("o", "o", "o", "o")
	p.sees("RESTARTS▼")
	if p.shows()[0] != "cart-cache-0" {
		t.Errorf("first is %s", p.shows()[0])
	}
	p.press("O")
	p.sees("RESTARTS▲")
	p.press("o", "o")
	p.sees("IP▲")
	p.press("tab", "o", "o")
	p.sees("PODS▼")
}

func looked() (k8s.Details, netinfo.Network) {
	return k8s.Details{
			Owner: "Deployment cart", Labels: map[string]string{"app": "cart", "tier": "web"},
			Containers: []k8s.ContainerDetail{{Name: "app", Image: "registry.example/cart:1.42", State: "Running", Ready: true}, {Name: "envoy", Image: "envoy:1.30", State: "CrashLoopBackOff", Restarts: 4}},
			Events:     []k8s.Event{{Time: noon.Add(-3 * time.Minute), Type: "Warning", Reason: "BackOff", Message: "back-off restarting envoy", Count: 12}},
		}, netinfo.Network{
			Interfaces: []netinfo.Interface{{Name: "eth0", MTU: 1450, Up: true, Kind: "veth", Addrs: []netip.Prefix{netip.MustParsePrefix("10.244.1.12/24")}}},
			Routes:     []netinfo.Route{{Via: netip.MustParseAddr("10.244.1.1"), Device: "eth0"}},
			Listening:  []netinfo.Socket{{Protocol: "tcp", Addr: netip.MustParseAddrPort("0.0.0.0:8080")}},
		}
}

func TestTheDetailsOfThePodUnderTheCursorAreBesideItAndStaleOnesAreDropped(t *testing.T) {
	p := sit(t, 160, 45)
	p.tell(mall(t))
	p.press("down", "down")
	details, network := looked()
	p.tell(detail.FromAPI{View: p.m.detail.View() - 1, Details: k8s.Details{Owner: "Job other"}, Err: nil})
	p.seesNot("Job other")
	p.tell(detail.FromAPI{View: p.m.detail.View(), Details: details, Err: nil}, detail.FromNetwork{View: p.m.detail.View(), Network: network, Err: nil})
	p.sees("Deployment cart", "app=cart tier=web", "eth0  mtu 1,450 veth", "default via 10.244.1.1 eth0", "tcp   *:8080", "3m BackOff ×12")
	p.press("up")
	p.sees("can be read only on its node, node-8")
	p.press("i")
	p.seesNot("containers")
}

func TestTheScreensOfFindingLookAsTheyWereApproved(t *testing.T) {
	s := mall(t)
	info := func(p *person) {
		p.press("/", "x2lpq", "enter")
		if p.m.width < panes.BesideWidth {
			p.press("i")
		}
		details, network := looked()
		p.tell(detail.FromAPI{View: p.m.detail.View(), Details: details, Err: nil}, detail.FromNetwork{View: p.m.detail.View(), Network: network, Err: nil})
	}
	for name, open := range map[string]func(p *person){
		"finding-marks":   func(p *person) { p.press("down", "down", "*", " ", "down", " ") },
		"finding-typed":   func(p *person) { p.press("/", "crt here") },
		"finding-service": func(p *person) { p.press("/", "10.96.0.12") },
		"finding-nothing": func(p *person) { p.press("/", "no such pod") },
		"finding-detail":  info,
		"finding-sorted":  func(p *person) { p.press("o", "o", "o", "o") },
	} {
		for _, size := range [][2]int{{80, 24}, {160, 45}} {
			p := sit(t, size[0], size[1])
			p.tell(s)
			open(p)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}
