package packet

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

func TestARecordSaysItsTypeAndWhatItHas(t *testing.T) {
	packets, _ := readAll(t, "kinds/dns_types.pcap")
	for i, want := range []string{
		" ANY shop.example", " CAA shop.example", " DS shop.example", " NS .", " MX shop.example MX 10 mx1.mail.example",
		" TXT shop.example TXT \"hello=world\"", " SOA shop.example SOA ns1.example admin.example 1",
	} {
		if p := &packets[i]; !strings.HasSuffix(p.Info, want) || p.malformed() {
			t.Errorf("got %q, want %q", p.Info, want)
		}
	}
	if got := recordType(65000).String(); got != "TYPE65000" {
		t.Errorf("got %s", got)
	}
}

// answered returns a message with a question for shop.example and one answer, in hexadecimal.
func answered(kind, value string) string {
	const name = "0473686f70076578616d706c6500"
	return "1234818000010001000000" + "00" + name + kind + "0001" + "c00c" + kind + "0001" + "0000003c" + hex16(uint16(len(value)/2)) + value
}

func TestTheValueOfARecordIsReadByItsType(t *testing.T) {
	for _, c := range []struct{ kind, value, want string }{
		{"0001", "0a000001", "A 10.0.0.1"},
		{"001c", "fd000000000000000000000000000001", "AAAA fd00::1"},
		{"0005", "0161c00c", "CNAME a.shop.example"},
		{"0002", "c00c", "NS shop.example"},
		{"000c", "c00c", "PTR shop.example"},
		{"000f", "000a036d7831c00c", "MX 10 mx1.shop.example"},
		{"0010", "03616263026465", `TXT "abc" "de"`},
		{"0021", "000100021f90c00c", "SRV shop.example:8080"},
		{"0101", "00056973737565" + "63612e6f7267", `CAA 0 issue "ca.org"`},
		{"002b", "00010802aabb", "DS 1 8 2 aabb"},
		{"0030", "010103086b6b", "DNSKEY 257 3 8"},
		{"0041", "000100", "HTTPS 1 ."},
		{"fde8", "616263", "TYPE65000 3 bytes"},
		{"0001", "0a0000", "A malformed, 3 bytes"},
		{"000f", "00", "MX malformed, 1 byte"},
	} {
		p, err := hex.DecodeString(answered(c.kind, c.value))
		if err != nil {
			t.Fatal(err)
		}
		m := parseMessage(p)
		if got := m.line(); !strings.HasSuffix(got, " shop.example "+c.want) || m.wrong != "" || m.cut {
			t.Errorf("got %q, want %q; %q, %v", got, c.want, m.wrong, m.cut)
		}
		for cut := range p {
			if m := parseMessage(p[:cut]); !m.cut || m.wrong != "" {
				t.Errorf("%s, cut at %d: %q, %v", c.want, cut, m.wrong, m.cut)
			}
		}
	}
}

func TestWhatWentWrongIsSaidAsTcpdumpSaysIt(t *testing.T) {
	p, _ := hex.DecodeString(strings.Replace(answered("0001", "0a000001"), "8180", "8183", 1))
	m := parseMessage(p)
	if got := m.line(); !strings.HasPrefix(got, "Standard query response 0x1234 NXDomain A shop.example") {
		t.Errorf("got %q", got)
	}
}

func TestInAStreamAMessageIsSeenWhereItBeginsAndNowhereElse(t *testing.T) {
	message := answered("0001", "0a000001")
	size := hex16(uint16(len(message) / 2))
	ports := pcap.Transport{SrcPort: 53, DstPort: 40000}
	for name, c := range map[string]struct {
		segment string
		dns     bool
	}{
		"a message":             {size + message, true},
		"two":                   {size + message + size + message, true},
		"the beginning of one":  {size + message[:60], true},
		"its length alone":      {size, false},
		"the middle of one":     {message[40:], false},
		"something else":        {strings.Repeat("6162", 30), false},
		"less than it needs":    {"0005" + message, false},
		"shorter than its word": {"0014" + message, false},
	} {
		p, _ := hex.DecodeString(c.segment)
		if _, _, ok := dnsInStream(ports, p); ok != c.dns {
			t.Errorf("%s: %v", name, ok)
		}
	}
}
