package packet

import (
	"slices"
	"strings"
	"testing"
)

// fieldsNamed returns the fields of a packet's first layer of that name, as name=value.
func fieldsNamed(p read, layer string) []string {
	i := slices.IndexFunc(p.layers, func(l Layer) bool { return l.Name == layer })
	if i < 0 {
		return nil
	}
	var out []string
	for _, f := range p.layers[i].Fields {
		out = append(out, f.Name+"="+f.Value)
	}
	return out
}

func TestATreeHasNoFieldThatThePacketDoesNotHave(t *testing.T) {
	echo := ipOf("0800", 1, "0800"+"0000"+"0102"+"0003")
	inner := ipOf("0800", 1, "0800000001020003")
	for _, c := range []struct{ frame, layer, has, hasNot string }{
		{hexMACs + "0800" + echo, "Ethernet", "EthernetType=IPv4", "Length="},
		{hexMACs + "0026" + "424203" + "0000000000" + strings.Repeat("00", 30), "Ethernet", "Length=38", "MTU="},
		{hexMACs + "0800" + echo, "ICMPv4", "Id=258", "MTU="},
		{hexMACs + "0800" + echo, "ICMPv4", "Seq=3", "Gateway="},
		{hexMACs + "0800" + ipOf("0800", 1, "0304"+"0000"+"0000"+"0578"+inner), "ICMPv4", "MTU=1400", "Seq="},
		{hexMACs + "0800" + ipOf("0800", 1, "0303"+"0000"+"0000"+"0000"+inner), "ICMPv4", "Checksum=0", "Id="},
		{hexMACs + "0800" + ipOf("0800", 1, "0501"+"0000"+"0a010003"+inner), "ICMPv4", "Gateway=10.1.0.3", "Id="},
		{hexMACs + "0800" + ipOf("0800", 1, "0c00"+"0000"+"05000000"+inner), "ICMPv4", "Pointer=5", "Id="},
		{hexMACs + "0800" + ipOf("0800", 1, "0b00"+"0000"+"00000000"+inner), "ICMPv4", "Checksum=0", "Seq="},
		{hexMACs + "0800" + ipOf("0800", 47, "0000"+"0800"+inner), "GRE", "KeyPresent=false", "Key="},
		{hexMACs + "0800" + ipOf("0800", 47, "0000"+"0800"+inner), "GRE", "SeqPresent=false", "Seq="},
		{hexMACs + "0800" + ipOf("0800", 47, "0000"+"0800"+inner), "GRE", "AckPresent=false", "Ack="},
		{hexMACs + "0800" + ipOf("0800", 47, "0000"+"0800"+inner), "GRE", "ChecksumPresent=false", "Checksum="},
		{hexMACs + "0800" + ipOf("0800", 47, "0000"+"0800"+inner), "GRE", "RoutingPresent=false", "Offset="},
		{hexMACs + "0800" + ipOf("0800", 47, "2000"+"0800"+"00000007"+inner), "GRE", "Key=7", "Seq="},
		{hexMACs + "0800" + ipOf("0800", 17, udpOf(5000, 4789, "08000000"+"00000700"+hexMACs+"0800"+inner)), "VXLAN", "VNI=7", "GBPGroupPolicyID="},
		{hexMACs + "0800" + ipOf("0800", 17, udpOf(5000, 4789, "88000009"+"00000700"+hexMACs+"0800"+inner)), "VXLAN", "GBPGroupPolicyID=9", "MTU="},
	} {
		got := fieldsNamed(made(t, c.frame), c.layer)
		absent := slices.IndexFunc(got, func(f string) bool { return strings.HasPrefix(f, c.hasNot) })
		if !slices.Contains(got, c.has) || absent >= 0 {
			t.Errorf("%s of %s: %q, want %s and no %s", c.layer, c.frame, got, c.has, c.hasNot)
		}
	}
}
