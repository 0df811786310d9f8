package filter

import (
	"net/netip"
	"strings"
)

// filterWords are the keywords of pcap-filter(7).
const filterWords = " dst src host net mask port portrange proto protochain gateway broadcast multicast less greater ifname on rnr rulenum " +
	"reason rset ruleset srnr subrulenum action inbound outbound vlan mpls pppoed pppoes geneve and or not len " +
	"ether link fddi tr wlan ppp slip radio ip ip6 arp rarp decnet atalk aarp iso stp ipx netbeui lat moprc mopdl tcp udp sctp icmp icmp6 " +
	"igmp igrp pim ah esp vrrp carp clnp esis es-is isis is-is l1 l2 iih lsp snp csnp psnp llc atm lane metac bcc sc ilmic oam oamf4 " +
	"connectmsg metaconnect type subtype dir addr1 addr2 addr3 addr4 ra ta hopcount fisu lssu msu sio opc dpc sls vpi vci "

// takesNoHost are the words after which a name is not the name of a host.
const takesNoHost = " port portrange proto protochain ifname on reason rset ruleset action type subtype dir "

// NameIn returns the first word of a filter that tcpdump would look up as the name of a host or a network when it compiles the
// filter; "" if there is none. tcpdump takes unknown words for names, too.
func NameIn(filter string) string {
	filter = outsideBrackets(filter)
	of := "" // the last qualifier; in "port http or https" it holds for https, too
	for _, word := range strings.FieldsFunc(filter, func(c rune) bool { return strings.ContainsRune(" \t\n()!&|=<>+*^~'\"", c) }) {
		switch {
		case strings.Contains(" and or not ", " "+word+" "):
		case strings.Contains(filterWords, " "+word+" "):
			of = word
		case isFigure(word), strings.Contains(takesNoHost, " "+of+" "):
		default:
			return word
		}
	}
	return ""
}

// isFigure says whether a word is a number, an address, a constant such as tcp-syn, or an arithmetic sign.
func isFigure(word string) bool {
	if _, err := netip.ParseAddr(word); err == nil {
		return true
	}
	return strings.ContainsAny(word[:1], "0123456789-/%\\") || strings.Contains(word, ":") || strings.HasPrefix(word, "tcp-") ||
		strings.HasPrefix(word, "icmp-") || strings.HasPrefix(word, "icmp6-")
}

// outsideBrackets removes the index of a packet access, such as [tcpflags] in tcp[tcpflags].
func outsideBrackets(filter string) string {
	var b strings.Builder
	depth := 0
	for _, c := range filter {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth = max(0, depth-1)
			b.WriteByte(' ')
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}
