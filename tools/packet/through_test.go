package packet

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

func TestWhatIsInATunnelTalksAndTheTunnelIsNamed(t *testing.T) {
	packets, all := readAll(t, "kinds/tunnels_outer_only.pcap")
	for i, tunnel := range []string{"VXLAN", "VXLAN", "IPIP"} {
		p := &packets[i]
		if p.Src.String() != "10.244.1.5" || p.Dst.String() != "10.244.2.7" || p.OuterSrc.String() != "10.1.0.1" || p.Tunnel != tunnel ||
			p.Protocol != "TCP" || p.SrcPort != 40000 || !strings.HasPrefix(p.Info, "["+tunnel+"] 40000 → 80 [SYN]") || p.Retransmit {
			t.Errorf("got %+v", p.Summary)
		}
	}
	if len(all) != 3 || all[0].Tunnel != "VXLAN" || all[2].Tunnel != "IPIP" || all[0].A.String() != "10.244.1.5:40000" {
		t.Errorf("got %+v", all)
	}
	const key, ckKeySequence = "2000", "b000"
	inner4, inner6 := ipOf("0800", 17, udpOf(7, 8, "61")), ipOf("86dd", 17, udpOf(7, 8, "61"))
	frame := hexMACs + "0800" + inner4
	for name, c := range map[string]struct{ outer, tunnel, src string }{
		"GRE":                    {ipOf("0800", 47, "0000"+"0800"+inner4), "GRE", "10.1.0.1"},
		"GRE with a key":         {ipOf("0800", 47, key+"86dd"+"00000001"+inner6), "GRE", "fd00::1"},
		"GRE with all":           {ipOf("0800", 47, ckKeySequence+"0800"+"000000000000000100000002"+inner4), "GRE", "10.1.0.1"},
		"GRE that bridges":       {ipOf("0800", 47, "0000"+"6558"+frame), "GRE", "10.1.0.1"},
		"ERSPAN I":               {ipOf("0800", 47, "0000"+"88be"+frame), "GRE", "10.1.0.1"},
		"ERSPAN II":              {ipOf("0800", 47, "1000"+"88be"+"00000001"+"1000000100000000"+frame), "GRE", "10.1.0.1"},
		"ERSPAN III":             {ipOf("0800", 47, "1000"+"22eb"+"00000001"+"200000010000000000000000"+frame), "GRE", "10.1.0.1"},
		"MPLS in GRE":            {ipOf("0800", 47, "0000"+"8847"+"00005040"+"00005140"+inner4), "GRE", "10.1.0.1"},
		"GENEVE with options":    {ipOf("0800", 17, udpOf(1, 6081, "0200655800000500"+"0000000100000000"+frame)), "GENEVE", "10.1.0.1"},
		"GENEVE with IP":         {ipOf("0800", 17, udpOf(1, 6081, "0000080000000500"+inner4)), "GENEVE", "10.1.0.1"},
		"VXLAN with a VLAN":      {ipOf("0800", 17, udpOf(1, 8472, "0800000000000500"+hexMACs+"8100"+"0005"+"0800"+inner4)), "VXLAN", "10.1.0.1"},
		"6in4":                   {ipOf("0800", 41, inner6), "IPIP", "fd00::1"},
		"EtherIP":                {ipOf("0800", 97, "3000"+frame), "EtherIP", "10.1.0.1"},
		"a tunnel in a tunnel":   {ipOf("0800", 47, "0000"+"0800"+ipOf("0800", 17, udpOf(1, 4789, "0800000000000500"+frame))), "VXLAN", "10.1.0.1"},
		"something else on 8472": {ipOf("0800", 17, udpOf(1, 8472, "0000000000000000"+frame)), "", "10.1.0.1"},
	} {
		p := made(t, hexMACs+"0800"+c.outer)
		if p.Tunnel != c.tunnel || p.Src.String() != c.src || c.tunnel != "" && p.DstPort != 8 || p.malformed() || c.tunnel != "" && !strings.HasSuffix(p.tree(), "UDP, Data") {
			t.Errorf("%s: %s %+v; %s", name, p.Tunnel, p.Summary, p.tree())
		}
		for cut := range p.data {
			if short := readOne(linkEthernet, p.data[:cut], p.original, Bases{}); short.malformed() {
				t.Errorf("%s, cut at %d: %s; %s", name, cut, short.Info, short.tree())
			}
		}
	}
	if p := made(t, hexMACs+"86dd"+ipOf("86dd", 4, inner4)); p.Tunnel != "IPIP" || p.OuterSrc.String() != "fd00::1" || p.Src.String() != "10.1.0.1" {
		t.Errorf("4in6: %+v", p.Summary)
	}
}

func TestWhatPassesTwoInterfacesIsNoRetransmit(t *testing.T) {
	packets, all := readAll(t, "kinds/two_interfaces_sll2.pcap")
	for i, p := range packets {
		if p.Retransmit || p.Interface != uint32(3+i%2) {
			t.Errorf("%d: interface %d, retransmit %v", i+1, p.Interface, p.Retransmit)
		}
	}
	if len(all) != 2 || all[0].Interface != 3 || all[1].Interface != 4 || all[0].FromA.Bytes != 185 || all[0].FromA.Retransmits+all[1].FromA.Retransmits != 0 {
		t.Errorf("got %+v", all)
	}
}

func TestWhatNetfilterLogsIsReadInEitherByteOrder(t *testing.T) {
	packets, _ := readAll(t, "kinds/nflog.pcap")
	if p := &packets[0]; p.Info != "Standard query 0x1234 A shop.example" || p.tree() != "NFLOG, IPv4, UDP, DNS" {
		t.Errorf("got %s; %s", p.Info, p.tree())
	}
	packet := ipOf("0800", 17, udpOf(7, 8, "61"))
	size := fmt.Sprintf("%02x", 4+len(packet)/2)
	for name, c := range map[string]string{
		"little endian": "02000005" + "0a000a00" + "44524f502000" + "0000" + "08000400" + "00000002" + size + "000900" + packet,
		"big endian":    "02000005" + "000a000a" + "44524f502000" + "0000" + "00080004" + "00000002" + "00" + size + "0009" + packet,
	} {
		data, err := hex.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		p := readOne(linkNFLOG, data, len(data), Bases{})
		if p.Info != "7 → 8 Len=1" || p.layers[0].Fields[1] != (Field{"Prefix", "DROP ", 0, 28}) || p.layers[0].Fields[2].Value != "2" {
			t.Errorf("%s: %s; %s %v", name, p.Info, p.tree(), p.layers[0])
		}
		if headers := pcap.Parse(linkNFLOG, data).Headers; headers != len(data)-1 {
			t.Errorf("%s: with headers only %d of %d bytes are kept", name, headers, len(data))
		}
	}
}

// cooked is a packet in a cooked capture of version 1, which has no interface: way is in or out, from is the sender's address.
func cooked(t *testing.T, way byte, from, ip string) read {
	t.Helper()
	data, err := hex.DecodeString(fmt.Sprintf("00%02x00010006%s00000800", way, from) + ip)
	if err != nil {
		t.Fatal(err)
	}
	return readOne(linkSLL, data, len(data), Bases{})
}

func TestWhatPassesTwoInterfacesThatAreNotToldIsNoRetransmitButWhatIsSentTwiceIs(t *testing.T) {
	const in, out, ofPod, ofNode, ofOther, ofBack = 0, 4, "0a58000000aa", "0a58000000bb", "0a58000000cc", "0a58000000dd"
	segment := func(from string, seq, ack uint32, flags byte, payload string) string {
		ports := "9c400050"
		if from != "a" {
			ports = "00509c40"
		}
		ip := ipOf("0800", 6, fmt.Sprintf("%s%08x%08x50%02x0400", ports, seq, ack, flags)+"00000000"+payload)
		if from != "a" {
			ip = strings.Replace(ip, "0a010001"+"0a010002", "0a010002"+"0a010001", 1)
		}
		return ip
	}
	table, number, again := NewTable(), int64(0), ""
	pass := func(p read) {
		number++
		if table.Add(number, number*1_000_000, p.transport, p.original) {
			again += fmt.Sprint(number, " ")
		}
	}
	for _, s := range []string{segment("a", 100, 0, 2, ""), segment("a", 101, 901, 0x18, "6161"), segment("a", 101, 901, 0x18, "6161"), segment("a", 103, 901, 4, "")} {
		pass(cooked(t, in, ofPod, s))
		pass(cooked(t, out, ofNode, s)) // 2, 4, 6, 8
	}
	answer := segment("b", 900, 101, 0x18, "62")
	pass(cooked(t, in, ofOther, answer))
	pass(cooked(t, out, ofBack, answer))
	all := table.Conversations()
	if again != "5 " || len(all) != 1 || all[0].FromA.Retransmits != 1 || all[0].FromB.Retransmits != 0 || all[0].FromA.Packets != 8 || all[0].Resets != 1 {
		t.Errorf("sent again: %s; %+v", again, all)
	}
}
