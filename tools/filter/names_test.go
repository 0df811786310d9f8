package filter

import (
	"slices"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/command"
)

func TestAFilterThatTcpdumpWouldAskAResolverForIsKnown(t *testing.T) {
	for filter, want := range map[string]string{
		"": "", "port 53": "", "tcp port http or https": "", "host 10.0.0.1 and not port 22": "", "ip6 host fd00::1": "", "net 10.0.0.0/8": "",
		"ether host 02:00:00:00:00:01": "", "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn": "", "icmp[icmptype] == icmp-unreach": "",
		"greater 1000 and vlan 5": "", "proto ospf": "", "not (src net 10 or dst portrange 80-90)": "", "ip[6:2] & 0x1fff != 0": "", "len > 100": "",
		"host web": "web", "src web.shop and port 80": "web.shop", "net backend": "backend", "port 80 and host db": "db", "gateway router": "router",
		"tcpp port 80": "tcpp", "web": "web", "10.0.0.1 or web": "web",
	} {
		if got := NameIn(filter); got != want {
			t.Errorf("%q: %q, want %q", filter, got, want)
		}
	}
	for _, p := range command.Presets() {
		words, err := command.Split(p.Args)
		if err != nil {
			t.Fatal(err)
		}
		argv := append([]string{p.Tool}, words...)
		if _, filter := command.FilterCheck(argv); !strings.Contains(filter, "HOST") && NameIn(filter) != "" {
			t.Errorf("%s: %s looks %s up", p.Name, filter, NameIn(filter))
		}
		if command.IsTcpdump(argv) && !slices.Contains(words, "-n") {
			t.Errorf("%s looks names up", p.Name)
		}
	}
}
