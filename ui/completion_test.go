package ui

import (
	"fmt"
	"net/netip"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

// openKnowing sits down before the form of a pod in a cluster with services.
func openKnowing(t *testing.T, width, height int) *person {
	t.Helper()
	p := sit(t, width, height)
	api, far := fakes.Pod("shop", "api-0", "node-8", "Running"), fakes.Pod("far", "web-9", "node-8", "Running")
	api.IPs, far.IPs = []string{"10.244.3.4"}, []string{"10.244.9.9"}
	s := snapshot(far, api, fakes.Pod("shop", "cart-0", "node-3", "Running"))
	s.snapshot.Services = []k8s.Service{{Namespace: "shop", Name: "payments", Addrs: []netip.Addr{netip.MustParseAddr("10.96.0.110")}}}
	p.tell(s)
	p.press("/", "cart", "enter", "enter")
	return p
}

func (p *person) arguments(want string) {
	p.t.Helper()
	if got := p.m.form.input.Value(); got != want {
		p.t.Errorf("the arguments are %q, not %q\n%s", got, want, p.screen())
	}
}

func TestTheRestOfALineOfTheHistoryIsOffered(t *testing.T) {
	p := openForm(t, 80, 24)
	p.tell(past)
	p.press("tab", "ctrl+u", "-i e")
	p.sees("│ -i eth0 port 53  ", "→ take")
	p.arguments("-i e")
	p.press("right")
	p.arguments("-i eth0 port 53")
	p.seesNot("→ take")
	p.press("left", "right") // moves, as ever
	p.press("backspace", "4")
	p.arguments("-i eth0 port 54")
}

func TestFlagsAreOfferedWithWhatTheyDo(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("down", "down", "down", "down", "down", "down", "tab", "ctrl+u", "-", "ctrl+n")
	p.sees("▸ ping", "▸ -c ", "ends after so many", "enter take")
	p.press("ctrl+n", "ctrl+n", "enter")
	p.arguments("-n")
	p.seesNot("enter take")
	p.press(" -", "ctrl+n", "up", "right")
	p.arguments("-n -6")
	p.press("esc", "enter", "G", "tab", "mtr --re")
	p.sees("mtr --report")
	p.press("right")
	p.arguments("mtr --report")
}

func TestBehindIStandTheInterfacesOfThePod(t *testing.T) {
	p := openKnowing(t, 80, 24)
	p.press("tab", "ctrl+u", "-i ")
	p.sees("-i eth0")
	p.press("l", "right")
	p.arguments("-i lo")
	if len(p.networks) != 1 {
		t.Fatal(p.networks)
	}
	p.tell(interfacesMsg{"other pod", ns.Network{Interfaces: []ns.Interface{{Name: "wrong0"}}}},
		interfacesMsg{p.networks[0], ns.Network{Interfaces: []ns.Interface{{Name: "lo", MTU: 65536, Up: true}, {Name: "net1", MTU: 9000, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix("10.9.0.1/24")}}}}})
	p.press("ctrl+u", "-i ", "ctrl+n")
	p.sees("▸ lo", "net1", "10.9.0.1/24  mtu 9000", "any")
	p.seesNot("wrong0")
	p.press("ctrl+n", "enter")
	p.arguments("-i net1")
	if len(p.started) > 0 {
		t.Error("enter ran it, and was to take what is chosen")
	}
}

func TestAddressesOfPodsAndServicesAreOfferedByAddressAndByName(t *testing.T) {
	p := openKnowing(t, 80, 24)
	p.press("tab", " host 10.96")
	p.sees("host 10.96.0.110")
	p.press("right")
	p.arguments("-i eth0 -n host 10.96.0.110")
	p.press(" and (dst api")
	p.sees("api → 10.244.3.4")
	p.press("right")
	p.arguments("-i eth0 -n host 10.96.0.110 and (dst 10.244.3.4")
	p.press(" and src ", "ctrl+n")
	p.sees("▸ 10.96.0.110", "service shop/payments", "pod shop/api-0", "pod far/web-9")
	p.press("esc")
	p.sees("run in shop/cart-0")
	p.seesNot("service shop/payments")
}

func TestToolsThatAskAHostAreOfferedNames(t *testing.T) {
	for _, c := range []struct{ tool, typed, want string }{
		{"curl", "-sv http://pay", "-sv http://payments.shop"},
		{"dig", "pay", "payments.shop"},
		{"ping", "-c 3 10.244.3", "-c 3 10.244.3.4"},
		{"iperf3", "-c api", "-c 10.244.3.4"},
		{"traceroute", "web-9", "10.244.9.9"},
	} {
		p := openKnowing(t, 80, 24)
		for p.m.form.tool().Name != c.tool {
			p.press("down")
		}
		p.press("tab")
		p.tell(tea.KeyMsg{Type: tea.KeyEnd})
		p.press("ctrl+u", c.typed, "right")
		p.arguments(c.want)
	}
}

func TestInPlaceOfABlankTheListOffersHosts(t *testing.T) {
	p := openKnowing(t, 80, 24)
	for p.m.form.tool().Name != "curl" {
		p.press("down")
	}
	p.press("tab", "pay", "ctrl+n")
	p.sees("▸ http://payments.shop", "service shop/payments")
	p.press("enter", "enter")
	if len(p.started) != 1 || p.started[0].Argv[2] != "http://payments.shop/" {
		t.Error(p.started, p.screen())
	}
}

func TestAnAddressIsPutInTheMiddleOfALineByTheList(t *testing.T) {
	p := openKnowing(t, 80, 24)
	p.press("tab", "ctrl+u", "host  and tcp")
	for range len(" and tcp") {
		p.press("left")
	}
	p.press("pay", "ctrl+n")
	p.seesNot("payments.shop ") // tcpdump is given addresses
	p.press("enter")
	p.arguments("host 10.96.0.110 and tcp")
}

func TestCompletionLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openKnowing(t, size[0], size[1])
		p.press("tab", " host 10")
		golden(t, fmt.Sprintf("form-ghost-%dx%d", size[0], size[1]), p.screen())
		p.press("ctrl+n", "ctrl+n")
		fits(t, p, "the candidates")
		golden(t, fmt.Sprintf("form-candidates-%dx%d", size[0], size[1]), p.screen())
	}
}

func TestWhereNothingCanBeFaintNothingIsSuggestedThatWouldLookTyped(t *testing.T) {
	p := openForm(t, 80, 24)
	p.m.form.unsaid = newModel(p.m.commands, Deps{Launcher: fakes.Launcher("node-3"), Look: style.Look{ASCII: true}}).form.unsaid
	p.press("tab")
	p.tell(tea.KeyMsg{Type: tea.KeyCtrlU})
	p.press("-i")
	p.seesNot("-i eth0")
	if newModel(p.m.commands, Deps{Launcher: fakes.Launcher("node-3"), Look: style.Look{Attributes: true}}).form.unsaid {
		t.Error("without colours, too")
	}
}
