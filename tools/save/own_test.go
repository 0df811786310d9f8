package save

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// nobody knows no names, because the pods are gone.
type nobody struct{}

func (nobody) Names(context.Context, []netip.Addr, time.Time) (*k8s.Names, error) {
	return nil, errors.New("the API does not answer")
}

func TestThePodThatWasCapturedHasItsNameAlsoIfItIsGone(t *testing.T) {
	r := captured(t, "../pcap/testdata/kinds/dns_types.pcap")
	r.By.Names = nobody{}
	for want, pod := range map[string]k8s.Pod{
		"[{10.1.0.1 [cart-0.shop]}]": {Namespace: "shop", Name: "cart-0", IPs: []string{"fd00::1", "10.1.0.1"}},
		"[]":                         {Namespace: "shop", Name: "cart-0", IPs: []string{"10.1.0.1"}, HostNetwork: true},
	} {
		r.Pod = pod
		saved, err := r.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
		if err != nil {
			t.Fatal(err)
		}
		if got := namesIn(t, saved.Path); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	file := pcapngFile{by: r.By, parts: []part{{Recording: r}}, addrs: addressSet{order: []netip.Addr{netip.MustParseAddr("10.1.0.1")}}}
	if _, problem := file.names(t.Context()); !strings.Contains(problem, "does not answer") {
		t.Errorf("the missing names are not reported: %q", problem)
	}
}

// A file has one name for all packets of an address, so one that was used again by another pod has none: the wrong pod would be blamed.
func TestAnAddressHasANameOnlyIfItsOwnerHadItInAllOfItsPackets(t *testing.T) {
	addr := netip.MustParseAddr("10.1.0.9")
	began := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	first, last := began.Add(10*time.Second), began.Add(50*time.Second)
	var seen addressSet
	for _, at := range []time.Time{last, first, began.Add(30 * time.Second)} { // the captures of a set come one after the other
		seen.add(addr, at)
	}
	file := pcapngFile{addrs: seen}
	old, young := k8s.Name{Kind: k8s.PodAddress, Namespace: "shop", Name: "old"}, k8s.Name{Kind: k8s.PodAddress, Namespace: "shop", Name: "young"}
	type owners []struct {
		name        k8s.Name
		from, until int // seconds
	}
	for name, c := range map[string]struct {
		owners  owners
		owner   k8s.Name
		changed string
	}{
		"the same all the time":         {owners{{old, -100, 100}}, old, ""},
		"it came before its packets":    {owners{{young, 5, 100}}, young, ""},
		"it went after them":            {owners{{old, -100, 55}}, old, ""},
		"it went, and nobody came":      {owners{{old, -100, 20}}, old, ""},
		"another one came":              {owners{{old, -100, 20}, {young, 25, 100}}, k8s.Name{}, "10.1.0.9 was that of old.shop, and then that of young.shop"},
		"who had it before is unknown":  {owners{{young, 25, 100}}, k8s.Name{}, "10.1.0.9 is that of young.shop, which had it only later than some of its packets"},
		"another one came after them":   {owners{{old, -100, 52}, {young, 53, 100}}, old, ""},
		"nobody is known, as elsewhere": {nil, k8s.Name{}, ""},
	} {
		owner, known, changed := file.ownerOf(addr, func(_ netip.Addr, at time.Time) (k8s.Name, bool) {
			for _, o := range c.owners {
				if t := int(at.Sub(began).Seconds()); o.from <= t && t <= o.until {
					return o.name, true
				}
			}
			return k8s.Name{}, false
		})
		if owner != c.owner || known != (c.owner != k8s.Name{}) || changed != c.changed {
			t.Errorf("%s: %v, %v, %q", name, owner, known, changed)
		}
	}
}

// What a killed podtracer has left does not always say which device tcpdump had; its command does.
func TestTheInterfaceOfAFileIsTheOneThatWasCapturedOn(t *testing.T) {
	r := captured(t, "../pcap/testdata/kinds/dns_types.pcap")
	for want, change := range map[string]func(*Recording){
		"wlan0": func(r *Recording) { r.Device, r.Argv = "wlan0", []string{"tcpdump", "-i", "any"} },
		"lo":    func(r *Recording) { r.Device, r.Argv = "", []string{"tcpdump", "-i", "lo", "-w", "-"} },
		"eth0":  func(r *Recording) { r.Device, r.Argv = "", []string{"tcpdump"} },
	} {
		if change(&r); r.deviceName() != want {
			t.Errorf("%q, not %q", r.deviceName(), want)
		}
	}
}
