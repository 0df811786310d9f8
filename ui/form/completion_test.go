package form

import (
	"net/netip"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

func TestTheRestOfALineOfTheHistoryIsOffered(t *testing.T) {
	u := useAlone(t, "")
	u.tell(past)
	u.press("tab", "ctrl+u", "-i e")
	u.sees("│ -i eth0 port 53  ", "→ take")
	u.arguments("-i e")
	u.press("right")
	u.arguments("-i eth0 port 53")
	u.seesNot("→ take")
	u.press("left", "right") // the arrow keys still move the cursor
	u.press("backspace", "4")
	u.arguments("-i eth0 port 54")
}

func TestFlagsAreOfferedWithWhatTheyDo(t *testing.T) {
	u := useAlone(t, "")
	u.press("down", "down", "down", "down", "down", "down", "tab", "ctrl+u", "-", "ctrl+n")
	u.sees("▸ ping", "▸ -c ", "ends after this many", "enter take")
	u.press("ctrl+n", "ctrl+n", "enter")
	u.arguments("-n")
	u.seesNot("enter take")
	u.press(" -", "ctrl+n", "up", "right")
	u.arguments("-n -6")
	u.open()
	u.press("G", "tab", "mtr --re")
	u.sees("mtr --report")
	u.press("right")
	u.arguments("mtr --report")
}

func TestBehindIStandTheInterfacesOfThePod(t *testing.T) {
	u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
	u.press("tab", "ctrl+u", "-i ")
	u.sees("-i eth0")
	u.press("l", "right")
	u.arguments("-i lo")
	if len(u.networks) != 1 {
		t.Fatal(u.networks)
	}
	u.tell(u.networks[0](netinfo.Network{Interfaces: []netinfo.Interface{{Name: "lo", MTU: 65536, Up: true}, {Name: "net1", MTU: 9000, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix("10.9.0.1/24")}}}}).(Msg))
	u.tell(interfacesMsg{of: "other pod", network: netinfo.Network{Interfaces: []netinfo.Interface{{Name: "wrong0"}}}}) // a late answer about another pod
	u.press("ctrl+u", "-i ", "ctrl+n")
	u.sees("▸ lo", "net1", "10.9.0.1/24  mtu 9000", "any")
	u.seesNot("wrong0")
	u.press("ctrl+n", "enter")
	u.arguments("-i net1")
	if len(u.started) > 0 {
		t.Error("enter ran the command instead of taking the candidate")
	}
}

func TestAddressesOfPodsAndServicesAreOfferedByAddressAndByName(t *testing.T) {
	u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
	u.press("tab", " host 10.96")
	u.sees("host 10.96.0.110")
	u.press("right")
	u.arguments("-i eth0 -n host 10.96.0.110")
	u.press(" and (dst api")
	u.sees("api → 10.244.3.4")
	u.press("right")
	u.arguments("-i eth0 -n host 10.96.0.110 and (dst 10.244.3.4")
	u.press(" and src ", "ctrl+n")
	u.sees("▸ 10.96.0.110", "service shop/payments", "pod shop/api-0", "pod far/web-9")
	u.press("esc")
	u.sees("run in shop/cart-0")
	u.seesNot("service shop/payments")
}

func TestToolsThatAskAHostAreOfferedNames(t *testing.T) {
	for _, c := range []struct{ tool, typed, want string }{
		{"curl", "-sv http://pay", "-sv http://payments.shop"},
		{"dig", "pay", "payments.shop"},
		{"ping", "-c 3 10.244.3", "-c 3 10.244.3.4"},
		{"iperf3", "-c api", "-c 10.244.3.4"},
		{"traceroute", "web-9", "10.244.9.9"},
	} {
		u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
		u.choose(c.tool)
		u.press("tab")
		u.pressKey(tea.KeyMsg{Type: tea.KeyEnd})
		u.press("ctrl+u", c.typed, "right")
		u.arguments(c.want)
	}
}

func TestInPlaceOfABlankTheListOffersHosts(t *testing.T) {
	u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
	u.choose("curl")
	u.press("tab", "pay", "ctrl+n")
	u.sees("▸ http://payments.shop", "service shop/payments")
	u.press("enter", "enter")
	if len(u.started) != 1 || u.started[0].Requests[0].Argv[2] != "http://payments.shop/" {
		t.Error(u.started, u.screen())
	}
}

func TestAnAddressIsPutInTheMiddleOfALineByTheList(t *testing.T) {
	u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
	u.press("tab", "ctrl+u", "host  and tcp")
	for range len(" and tcp") {
		u.press("left")
	}
	u.press("pay", "ctrl+n")
	u.seesNot("payments.shop ") // tcpdump is offered addresses only
	u.press("enter")
	u.arguments("host 10.96.0.110 and tcp")
}

func TestWhereNothingCanBeFaintNothingIsSuggestedThatWouldLookTyped(t *testing.T) {
	for look, suggests := range map[style.Look]bool{{ASCII: true}: false, {Attributes: true}: true} { // faint letters need no colours
		u := use(t, fakes.Neighbours(), "", look)
		u.press("tab", "ctrl+u", "-i ")
		if got := strings.Contains(u.screen(), "-i eth0"); got != suggests {
			t.Errorf("%+v: suggested is %v:\n%s", look, got, u.screen())
		}
	}
}

func TestWhatIsTypedOverABlankReplacesIt(t *testing.T) {
	u := useAlone(t, "")
	u.choose("ping")
	u.press("tab", "10.0.0.1")
	u.arguments("-c 10 10.0.0.1")
	u.press("ctrl+u")
	u.press("-I HOSTNAME") // not a blank: a person types it
	u.arguments("-I HOSTNAME")
	u.open()
	u.choose("curl")
	u.press("tab", "web", "enter")
	u.arguments("-sv http://web/")
	if len(u.started) != 1 {
		t.Error(u.screen())
	}
}
