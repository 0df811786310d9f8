package command

import (
	"net/netip"
	"strings"
)

// FilterCheck is the tcpdump that only compiles: with the options that decide how packets look, and not promiscuous, so
// that the device is left as it is. It is nil for what captures nothing, or is refused.
func FilterCheck(argv []string) (command []string, filter string) {
	if len(argv) == 0 || !IsTcpdump(argv) {
		return nil, ""
	}
	c, err := parseCapture(argv, false)
	if err != nil || c == nil {
		return nil, ""
	}
	p := captureParser{argv: argv, tool: []string{argv[0], "-d", "-p"}}
	for p.i = 1; p.i < len(argv); p.i++ {
		if p.word(argv[p.i]) != nil {
			return nil, ""
		}
	}
	return append(append(p.tool, "--"), p.filter...), c.Filter
}

// LastWord is the last thing that tcpdump said, without its name. A line in brackets only explains the one before.
func LastWord(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if before := len(lines) - 2; before >= 0 && strings.HasPrefix(last, "(") {
		last = strings.TrimSpace(lines[before])
	}
	_, text, found := strings.Cut(last, ": ")
	if !found {
		return last
	}
	return text
}

// filterWords are the words of pcap-filter(7) that stand for themselves.
const filterWords = " dst src host net mask port portrange proto protochain gateway broadcast multicast less greater ifname on rnr rulenum " +
	"reason rset ruleset srnr subrulenum action inbound outbound vlan mpls pppoed pppoes geneve and or not len " +
	"ether link fddi tr wlan ppp slip radio ip ip6 arp rarp decnet atalk aarp iso stp ipx netbeui lat moprc mopdl tcp udp sctp icmp icmp6 " +
	"igmp igrp pim ah esp vrrp carp clnp esis es-is isis is-is l1 l2 iih lsp snp csnp psnp llc atm lane metac bcc sc ilmic oam oamf4 " +
	"connectmsg metaconnect type subtype dir addr1 addr2 addr3 addr4 ra ta hopcount fisu lssu msu sio opc dpc sls vpi vci "

// takesNoHost are the words behind which a name is none of a host.
const takesNoHost = " port portrange proto protochain ifname on reason rset ruleset action type subtype dir "

// NameIn is a word of a filter that tcpdump would look up as the name of a host, or of a network, when it compiles it; "" if there is
// none. A word that it does not know is one to it as well.
func NameIn(filter string) string {
	filter = outsideBrackets(filter)
	of := "" // the last word that says what follows; "port http or https" goes on with ports
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

// outsideBrackets leaves out what indexes a packet: tcp[tcpflags].
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
