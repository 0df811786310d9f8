package line

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/fakes"
)

func TestKnownAddressesGetTheirNamesHoweverToolsWriteThem(t *testing.T) {
	for _, c := range []struct{ name, line, byName, both string }{
		{"tcpdump", "IP 10.0.0.1.41822 > 10.96.0.80.443: Flags [S]", "IP cart-0.shop.41822 > payments.shop.svc.443: Flags [S]", "IP 10.0.0.1(cart-0.shop).41822 > 10.96.0.80(payments.shop.svc).443: Flags [S]"},
		{"tcpdump with names of ports", "10.0.0.1.http-alt > 10.0.0.5.domain: 1+ A?", "cart-0.shop.http-alt > node-1.domain: 1+ A?", "10.0.0.1(cart-0.shop).http-alt > 10.0.0.5(node-1).domain: 1+ A?"},
		{"tcpdump without ports", "IP 10.0.0.1 > 10.0.0.5: ICMP echo request", "IP cart-0.shop > node-1: ICMP echo request", "IP 10.0.0.1(cart-0.shop) > 10.0.0.5(node-1): ICMP echo request"},
		{"tcpdump, IPv6", "IP6 fd00::1.53 > fd00::2:5.41822: UDP", "IP6 cart-0.shop.53 > db-0.shop.41822: UDP", "IP6 fd00::1(cart-0.shop).53 > fd00::2:5(db-0.shop).41822: UDP"},
		{"tcpdump, IPv6 without ports", "IP6 fd00::1 > fd00::2:5: ICMP6, echo", "IP6 cart-0.shop > db-0.shop: ICMP6, echo", "IP6 fd00::1(cart-0.shop) > fd00::2:5(db-0.shop): ICMP6, echo"},
		{"tcpdump, who has", "who-has 10.0.0.1 tell 10.0.0.5, length 28", "who-has cart-0.shop tell node-1, length 28", "who-has 10.0.0.1(cart-0.shop) tell 10.0.0.5(node-1), length 28"},
		{"an address that ends in colons", "from fd00::: unreachable", "from node-6: unreachable", "from fd00::(node-6): unreachable"},
		{"ss", "ESTAB 0 0 10.0.0.1:41822 10.96.0.80:443", "ESTAB 0 0 cart-0.shop:41822 payments.shop.svc:443", "ESTAB 0 0 10.0.0.1(cart-0.shop):41822 10.96.0.80(payments.shop.svc):443"},
		{"ss, IPv6", "[fd00::1]:443 [::ffff:10.0.0.1]:80", "cart-0.shop:443 cart-0.shop:80", "[fd00::1](cart-0.shop):443 [::ffff:10.0.0.1](cart-0.shop):80"},
		{"ss, with a device", "10.0.0.1%eth0:68 [fe80::1]%eth0:546", "cart-0.shop%eth0:68 node-1%eth0:546", "10.0.0.1(cart-0.shop)%eth0:68 [fe80::1](node-1)%eth0:546"},
		{"ss with names of ports", "10.0.0.1:https", "cart-0.shop:https", "10.0.0.1(cart-0.shop):https"},
		{"brackets that are the text's own", "hosts [10.0.0.1], [fd00::1]", "hosts [cart-0.shop], [cart-0.shop]", "hosts [10.0.0.1(cart-0.shop)], [fd00::1(cart-0.shop)]"},
		{"ip address", "inet 10.0.0.1/24 brd 10.0.0.255 scope global", "inet cart-0.shop/24 brd 10.0.0.255 scope global", "inet 10.0.0.1/24(cart-0.shop) brd 10.0.0.255 scope global"},
		{"ip address, IPv6", "inet6 fd00::1/64 scope global", "inet6 cart-0.shop/64 scope global", "inet6 fd00::1/64(cart-0.shop) scope global"},
		{"a whole prefix is a host", "to 10.0.0.5/32 and fd00::1/128", "to node-1/32 and cart-0.shop/128", "to 10.0.0.5/32(node-1) and fd00::1/128(cart-0.shop)"},
		{"ip route", "default via 10.0.0.5 dev eth0", "default via node-1 dev eth0", "default via 10.0.0.5(node-1) dev eth0"},
		{"ip neighbour", "fe80::1 dev eth0 lladdr 00:11:22:33:44:55 REACHABLE", "node-1 dev eth0 lladdr 00:11:22:33:44:55 REACHABLE", "fe80::1(node-1) dev eth0 lladdr 00:11:22:33:44:55 REACHABLE"},
		{"a zone", "fe80::1%eth0 dev", "node-1%eth0 dev", "fe80::1(node-1)%eth0 dev"},
		{"IPv4 in IPv6", "::ffff:10.0.0.1.443 > ::ffff:10.0.0.5: x", "cart-0.shop.443 > node-1: x", "::ffff:10.0.0.1(cart-0.shop).443 > ::ffff:10.0.0.5(node-1): x"},
		{"NAT64", "64:ff9b::10.0.0.1", "nat64", "64:ff9b::10.0.0.1(nat64)"},
		{"conntrack", "src=10.0.0.1 dst=10.96.0.80 sport=41822", "src=cart-0.shop dst=payments.shop.svc sport=41822", "src=10.0.0.1(cart-0.shop) dst=10.96.0.80(payments.shop.svc) sport=41822"},
		{"conntrack, IPv6 in full", "src=fd00:0000:0000:0000:0000:0000:0000:0001 dst=FD00::1", "src=cart-0.shop dst=cart-0.shop", "src=fd00:0000:0000:0000:0000:0000:0000:0001(cart-0.shop) dst=FD00::1(cart-0.shop)"},
		{"tshark", "3 0.1 10.0.0.1 → 10.0.0.5 TCP 74", "3 0.1 cart-0.shop → node-1 TCP 74", "3 0.1 10.0.0.1(cart-0.shop) → 10.0.0.5(node-1) TCP 74"},
		{"curl", "* Connected to x (10.0.0.1) port 80: http://10.0.0.1:80/a, http://[fd00::1]:80/", "* Connected to x (cart-0.shop) port 80: http://cart-0.shop:80/a, http://cart-0.shop:80/", "* Connected to x (10.0.0.1(cart-0.shop)) port 80: http://10.0.0.1(cart-0.shop):80/a, http://[fd00::1](cart-0.shop):80/"},
		{"an arrow", "10.0.0.1:80->10.0.0.5:443", "cart-0.shop:80->node-1:443", "10.0.0.1(cart-0.shop):80->10.0.0.5(node-1):443"},
		{"behind a word and a colon", "inet addr:10.0.0.1 host:10.0.0.5:80", "inet addr:cart-0.shop host:node-1:80", "inet addr:10.0.0.1(cart-0.shop) host:10.0.0.5(node-1):80"},
		{"at the end of a sentence", "no answer from 10.0.0.1. Tried fd00::1.", "no answer from cart-0.shop. Tried cart-0.shop.", "no answer from 10.0.0.1(cart-0.shop). Tried fd00::1(cart-0.shop)."},
		{"in quotes", `{"ip":"10.0.0.1","via":'fd00::1'}`, `{"ip":"cart-0.shop","via":'cart-0.shop'}`, `{"ip":"10.0.0.1(cart-0.shop)","via":'fd00::1(cart-0.shop)'}`},
		{"a person at an address", "root@10.0.0.1", "root@cart-0.shop", "root@10.0.0.1(cart-0.shop)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for mode, want := range map[Naming]string{ByAddress: c.line, ByName: c.byName, ByBoth: c.both} {
				if got := mode.Named(c.line, fakes.ShopNames, time.Time{}); got != want {
					t.Errorf("%s:\n got %s\nwant %s", mode, got, want)
				}
			}
		})
	}
}

func TestWhatOnlyLooksLikeAnAddressStaysAsItIs(t *testing.T) {
	for _, c := range []struct{ name, line string }{
		{"a network", "10.0.0.0/24 dev eth0, fd00::/64"},
		{"a version", "version 1.2.3.4.5.6, v1.2.3.4, 1.2.3.4-rc1, 1.2.3.4rc, 1.2.3.4_5"},
		{"a time", "12:04:20.118243 12:04:20 12::20:30"},
		{"a MAC address", "lladdr 11:22:33:44:55:66 and 11:22:33:44:55:66:77:88"},
		{"a hex dump", "0x0010:  0a00 0001 fd00::1a 0x10.0.0.1"},
		{"a name with digits", "ip-10.0.0.1.ec2.internal x10.0.0.1 10.0.0.1.nip.io a.10.0.0.1 1.0.0.10.in-addr.arpa"},
		{"a range", "10.0.0.1-10.0.0.5"},
		{"not quite", "10.0.0.256 010.0.0.1 10.0.0.01 10.0.0 10.0.0.1.99999 110.0.0.1 10.0.0.11"},
		{"an unknown host", "10.9.9.9 fd00::9"},
		{"hex", "cafe:10.0.0.1 fd00::1g"},
		{"escaped bytes", `\x1b10.0.0.1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mode := range []Naming{ByAddress, ByName, ByBoth} {
				if got := mode.Named(c.line, fakes.ShopNames, time.Time{}); got != c.line {
					t.Errorf("%s: got %s, want %s", mode, got, c.line)
				}
			}
		})
	}
}

func TestANameIsTheOneThatTheAddressHadAtTheTimeOfTheLine(t *testing.T) {
	b := fakes.Book{Owners: fakes.ShopNames.Owners, Since: fakes.Noon}
	if got := ByName.Named("10.0.0.1", b, fakes.Noon.Add(-time.Second)); got != "10.0.0.1" {
		t.Errorf("before it had the address: %s", got)
	}
	if got := ByName.Named("10.0.0.1", b, fakes.Noon); got != "cart-0.shop" {
		t.Errorf("when it had it: %s", got)
	}
	if got := ByName.Named("10.0.0.1", (*k8s.Names)(nil), fakes.Noon); got != "10.0.0.1" {
		t.Errorf("before any name is known: %s", got)
	}
}

func FuzzNamesChangeNothingButAddresses(f *testing.F) {
	for _, line := range []string{"10.0.0.1.443 > [fd00::1]:53", "::", "1::%", "[::1]:", "10.0.0.1/24", "::ffff:1.2.3.4.5.6", "12:04:20.1", "a:1.2.3.4"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line := cells.Clean(text)
		if cells.Clean(line) != line {
			return // bytes that were escaped have made it longer than a line may be
		}
		if got := ByAddress.Named(line, fakes.Everyone{}, fakes.Noon); got != line {
			t.Errorf("by address %q became %q", line, got)
		}
		name := cells.Clean("\x1b[2J\u202e")
		if got := ByBoth.Named(line, fakes.Everyone{}, fakes.Noon); strings.ReplaceAll(got, "("+name+")", "") != strings.ReplaceAll(line, "("+name+")", "") {
			t.Errorf("with both %q became %q", line, got)
		}
		got := ByName.Named(line, fakes.Everyone{}, fakes.Noon)
		if got != cells.Clean(got) {
			t.Errorf("%q became %q", line, got)
		}
		found := Addresses(line)
		for _, a := range slices.Backward(found) {
			if a.Start >= a.end || a.end > a.prefix || !a.Addr.IsValid() {
				t.Errorf("%q: %+v", line, a)
			}
			line = line[:a.Start] + name + line[a.end:]
		}
		if got != line {
			t.Errorf("got %q, want %q", got, line)
		}
	})
}
