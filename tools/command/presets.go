package command

import (
	"regexp"
	"slices"
	"strings"
)

// Preset is a tool with arguments that answer one question, listed under the symptom that raises it.
type Preset struct {
	Name    string // unique
	Symptom string // what is wrong, or what one wants to know
	Tool    string // from the catalogue, or any other program
	Args    string // as typed in a shell; a person fills in its blanks (Blanks)
	Why     string // what the output shows, in one line
	// Server are the arguments with which the same tool is first started in the first of two pods; that pod's address then
	// replaces SERVER in Args. "" if the preset needs one pod.
	Server string
}

// Pair says whether the preset needs two pods.
func (p Preset) Pair() bool { return p.Server != "" }

// ServerBlank stands in the arguments of a client for the address of its server's pod.
const ServerBlank = "SERVER"

var blanks = regexp.MustCompile(`\b(HOST|NAME|PORT|ADDRESS|` + ServerBlank + `)\b`)

// Blanks returns the places in arguments that a person has to fill in, as index pairs.
func Blanks(arguments string) [][]int { return blanks.FindAllStringIndex(arguments, -1) }

// pcap-filter(7) names the TCP flags in IPv4 only; in IPv6 without extensions they are byte 13 of the TCP header, so ip6[53].
const (
	synFilter = "tcp[tcpflags] & tcp-syn != 0 or (ip6[6] == 6 and ip6[53] & 2 != 0)"
	rstFilter = "tcp[tcpflags] & tcp-rst != 0 or (ip6[6] == 6 and ip6[53] & 4 != 0)"

	sizeFilter = "ip[6:2] & 0x3fff != 0 or ip6[6] == 44 or (icmp[icmptype] == icmp-unreach and icmp[icmpcode] == 4) or icmp6[icmp6type] == icmp6-packettoobig"
	icmpFilter = "icmp[icmptype] == icmp-unreach or icmp[icmptype] == icmp-timxceed or (icmp6 and icmp6[icmp6type] < 128)"
	arpFilter  = "arp or icmp6[icmp6type] == icmp6-neighborsolicit or icmp6[icmp6type] == icmp6-neighboradvert"

	curlTimes = `'dns %{time_namelookup}  connect %{time_connect}  tls %{time_appconnect}  first byte %{time_starttransfer}  total %{time_total}  status %{http_code}\n'`
)

// The symptoms, in the order in which they are shown.
const (
	onNames     = "DNS slow or failing"
	onSetup     = "connections that fail to establish"
	onStall     = "connections that are slow or stall"
	onSize      = "MTU and fragments"
	onContent   = "TLS and HTTP"
	onNeighbors = "neighbours, routes, path"
	onTalk      = "who talks to whom"
	onFirewall  = "firewall and connection tracking"
	onDevice    = "interfaces and queueing"
	onBandwidth = "bandwidth"
)

// Presets are the presets that podtracer brings along, grouped by symptom.
//
// No preset finds retransmits with tcpdump, because a filter sees one packet at a time and cannot know whether a segment was
// sent before. tshark tracks each connection, and ss and nstat show the kernel's own count.
func Presets() []Preset {
	return []Preset{
		{"DNS queries and answers", onNames, "tcpdump", "-i eth0 -n port 53", "a query that comes again had no answer; NXDomain, ServFail and Refused are answers", ""},
		{"DNS answer times", onNames, "tshark", "-i eth0 -n -l -Y 'dns.flags.response == 1' -T fields -E header=y -e dns.time -e dns.flags.rcode -e dns.qry.name -e ip.src", "seconds that each answer took, its code (0 is no error, 3 no such name), who gave it", ""},
		{"ask for a name", onNames, "dig", "+search +tries=1 NAME", "by the pod's own resolver and search list, with the time it took", ""},

		{"SYN without answer", onSetup, "tcpdump", "-i eth0 -n " + synFilter, "a SYN [S] that is repeated without a [S.] after it was dropped on the way or by a firewall", ""},
		{"sockets still connecting", onSetup, "ss", "-tno state syn-sent", "each has sent a SYN that is not answered; the timer says how often", ""},
		{"resets", onSetup, "tcpdump", "-i eth0 -n " + rstFilter, "who sends [R]: after a SYN, nothing listens there; later, one side gave up", ""},
		{"ICMP errors", onSetup, "tcpdump", "-i eth0 -n " + icmpFilter, "unreachable, prohibited, time exceeded: who refuses, and what", ""},
		{"backlog of listeners", onSetup, "ss", "-tln", "Recv-Q is what waits to be accepted, Send-Q how much may; full drops SYNs", ""},

		{"retransmits, by packet", onStall, "tshark", "-i eth0 -n -l -Y 'tcp.analysis.retransmission or tcp.analysis.fast_retransmission'", "only segments that were sent before: which connection loses packets, and when", ""},
		{"retransmits, by socket", onStall, "ss", "-tieon", "retrans:now/ever, rtt, cwnd and timers, as the kernel sees each connection", ""},
		{"retransmits, counted", onStall, "nstat", "-asz TcpRetransSegs TcpExtTCPSynRetrans TcpExtTCPTimeouts TcpExtTCPLostRetransmit TcpExtListenDrops TcpExtListenOverflows", "the pod's totals since its network was made: run it twice and compare", ""},
		{"sockets and their queues", onStall, "ss", "-tuanoim", "Recv-Q: the program does not read; Send-Q: the other side does not take it", ""},
		{"round-trip times", onStall, "ping", "-n -c 10 HOST", "how long, how steady, and how many are lost", ""},

		{"fragments and oversized packets", onSize, "tcpdump", "-i eth0 -n -v " + sizeFilter, "fragments, packets that must not be fragmented (DF), and routers that say too big", ""},
		{"MTU of the interfaces", onSize, "ip", "-details link show", "mtu of each, and what kind of device it is", ""},
		{"largest packet that gets through", onSize, "ping", "-n -c 3 -M do -s 1472 HOST", "1472 + 28 is an MTU of 1500: go down until it is answered", ""},

		{"TLS handshakes (SNI)", onContent, "tshark", "-i eth0 -n -l -Y 'tls.handshake.type == 1' -T fields -E header=y -e frame.time_relative -e ip.src -e ip.dst -e tcp.dstport -e tls.handshake.extensions_server_name", "which names are asked for, and where, although everything else is encrypted", ""},
		{"TLS alerts", onContent, "tshark", "-i eth0 -n -l -Y tls.alert_message", "handshakes that are refused: certificates, names, versions", ""},
		{"HTTP requests", onContent, "tshark", "-i eth0 -n -l -Y http.request -T fields -E header=y -e frame.time_relative -e ip.src -e http.host -e http.request.method -e http.request.uri", "who asks whom for what, where it is not encrypted", ""},
		{"HTTP answers and their times", onContent, "tshark", "-i eth0 -n -l -Y http.response -T fields -E header=y -e http.time -e http.response.code -e ip.src -e http.response_for.uri", "seconds from request to answer, and its status", ""},
		{"timings of one HTTP request", onContent, "curl", "-sS -o /dev/null -w " + curlTimes + " http://HOST/", "where the time goes: name, connection, TLS, the server", ""},

		{"ARP and neighbour discovery", onNeighbors, "tcpdump", "-i eth0 -n -e " + arpFilter, "who-has without is-at: nobody has the address; two answers: two hosts have it", ""},
		{"neighbours", onNeighbors, "ip", "-s neighbour show", "FAILED and INCOMPLETE have not answered", ""},
		{"routes", onNeighbors, "ip", "route show table all", "all tables, with local and broadcast ones", ""},
		{"rules", onNeighbors, "ip", "rule show", "which routing table is asked, and for what", ""},
		{"route to an address", onNeighbors, "ip", "route get ADDRESS", "the route, device and source address that a packet to it takes", ""},
		{"path, with losses", onNeighbors, "mtr", "-rwn -c 10 HOST", "a report after 10 rounds; a loss matters if it continues up to the last hop", ""},
		{"path over TCP, with losses", onNeighbors, "mtr", "-rwn -c 10 -T -P PORT HOST", "for hosts where ICMP is filtered but the port is open", ""},

		{"conversations of 10 seconds", onTalk, "tshark", "-i eth0 -n -q -a duration:10 -z conv,ip -z conv,tcp", "packets and bytes in each direction, by address and by connection", ""},
		{"connections", onTalk, "ss", "-tun state connected", "who the pod is connected to now", ""},

		{"firewall rules and counters", onFirewall, "nft", "list ruleset", "the pod's own rules: counters that grow show which one matches", ""},
		{"connections tracked", onFirewall, "conntrack", "-L", "UNREPLIED has no answer; NAT shows in the second pair of addresses", ""},
		{"conntrack events", onFirewall, "conntrack", "-E", "NEW, UPDATE and DESTROY as they happen", ""},
		{"conntrack drops", onFirewall, "conntrack", "-S", "drop, insert_failed and early_drop of each CPU: the table is full, or two entries raced", ""},

		{"interface errors", onDevice, "ip", "-s -s link show", "errors, dropped, missed and carrier changes of each interface", ""},
		{"device counters", onDevice, "ethtool", "-S eth0", "what the driver counts", ""},
		{"queueing", onDevice, "tc", "-s qdisc show", "dropped, overlimits, backlog: packets wait or are lost on the way out", ""},

		{"bandwidth between two marked pods", onBandwidth, "iperf3", "-c " + ServerBlank + " -t 10 --forceflush", "a server in the first pod, a client in the second; both end together", "-s -1 --forceflush"},
		{"bandwidth to a server", onBandwidth, "iperf3", "-c HOST -t 10 --forceflush", "to an iperf3 -s that is already running", ""},
	}
}

// FillServer puts the address of the server's pod into the arguments of a client.
func FillServer(arguments []string, address string) []string {
	filled := slices.Clone(arguments)
	for i, word := range filled {
		filled[i] = strings.ReplaceAll(word, ServerBlank, address)
	}
	return filled
}
