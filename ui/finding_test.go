package ui

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/panes"
)

// showDetails searches for a pod and opens its details.
func (p *person) showDetails(query string, details k8s.Details, network netinfo.Network, netErr error) {
	p.t.Helper()
	p.press("/", query, "enter")
	if p.m.width < panes.BesideWidth {
		p.press("i")
	}
	p.tell(detail.FromAPI{View: p.m.detail.View(), Details: details, Err: nil}, detail.FromNetwork{View: p.m.detail.View(), Network: network, Err: netErr})
}

func TestDetailsThatCannotBeHadSayWhyAndLookAsTheyWereApproved(t *testing.T) {
	denied := hint.Add(errors.New("list events: events is forbidden: User \"dev\" cannot list events in namespace shop"), "the right to list events is missing")
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		open := func(query string, change func(*k8s.Details), netErr error) string {
			p := sit(t, size[0], size[1])
			p.tell(mall(t))
			details, network := looked()
			change(&details)
			if netErr != nil {
				network = netinfo.Network{}
			}
			p.showDetails(query, details, network, netErr)
			screen := p.screen()
			if details.EventsErr != nil { // they are the last
				p.press("G")
				screen = p.screen()
			}
			return screen
		}
		unchanged := func(*k8s.Details) {}
		for name, screen := range map[string]string{
			"denied":      open("x2lpq", func(d *k8s.Details) { d.Events, d.EventsErr = nil, denied }, nil),
			"other-node":  open("9kkzw", unchanged, nil),
			"hostnetwork": open("4mtr2", unchanged, nil),
			"no-network": open("x2lpq", unchanged, hint.Add(errors.New("find netns of shop/cart-7f9c4-x2lpq: permission denied"),
				"podtracer doctor says what is missing")),
		} {
			golden(t, fmt.Sprintf("detail-%s-%dx%d", name, size[0], size[1]), screen)
		}
	}
}

func TestTheDetailsScrollToTheirEndAndNoFurther(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(mall(t))
	details, network := looked()
	for i := range 40 {
		network.Listening = append(network.Listening, netinfo.Socket{Protocol: "tcp", Addr: netip.MustParseAddrPort(fmt.Sprintf("0.0.0.0:%d", 9000+i))})
	}
	p.showDetails("x2lpq", details, network, nil)
	p.sees("shop/cart-7f9c4-x2lpq", "more lines")
	p.seesNot("BackOff ×12")
	p.press("G")
	p.sees("BackOff ×12", "↑")
	p.seesNot("↓ 1", "↓ 2")
	last := p.screen()
	p.press("down", "pgdown")
	if p.screen() != last {
		t.Errorf("it scrolls beyond its end:\n%s", p.screen())
	}
	p.press("g")
	p.sees("shop/cart-7f9c4-x2lpq", "details: ↓")
}

func TestAnAnswerAboutThePodBeforeIsForNobody(t *testing.T) {
	p := sit(t, 160, 45)
	p.tell(mall(t))
	p.press("down", "down")
	before := p.m.detail.View()
	p.press("down")
	details, network := looked()
	p.tell(detail.FromAPI{View: before, Details: details, Err: nil}, detail.FromNetwork{View: before, Network: network, Err: nil})
	p.seesNot("Deployment cart", "eth0  mtu")
	p.tell(detail.FromNetwork{View: before, Network: netinfo.Network{}, Err: errors.New("of the one before")})
	p.seesNot("of the one before")
}

func TestFavouritesThatCannotBeKeptAreSaidOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := sitAgain(t, 100, 28, filepath.Join(file, "state"))
	p.tell(mall(t))
	p.press("*")
	p.sees("keep favourites:", "hint: they are kept for this console only")
	p.press("down", "*")
	p.seesNot("keep favourites")
	p.sees("★")
}
