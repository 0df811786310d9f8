package form

import "strings"

// flagLines are the flags that people on call use most, by tool: one in each line, with what it does.
var flagLines = map[string]string{
	"tcpdump": `-i which interface: eth0, lo, any
-n addresses and ports as numbers
-e print link-level addresses
-v more details of each packet; -vv even more
-A contents as text
-X contents as hex and text
-s keep at most this many bytes of each packet
-c ends after this many packets
-Q in, out or inout
-D lists the interfaces
-p no promiscuous mode
-B kernel buffer, in KiB`,
	"tshark": `-i which interface: eth0, lo, any
-n addresses and ports as numbers
-l prints each line at once
-Y only packets that match this display filter
-f capture filter, as for tcpdump
-T format: text, fields, json
-e a field to print, with -T fields
-z statistics: conv,tcp io,stat,1 expert
-q no packets, only statistics
-a ends after: duration:10 filesize:1000
-c ends after this many packets
-d decode as: tcp.port==8888,http
-V all details of each packet`,
	"ss": `-t TCP
-u UDP
-x Unix sockets
-a listening and connected sockets
-l only listening sockets
-n numbers, no names
-o timers
-i TCP internals: rtt, cwnd, retransmits
-m memory
-p the processes
-e more details
-s a summary
-K closes sockets that match`,
	"conntrack": `-L lists connections
-E events as they happen
-S statistics for each CPU
-C counts connections
-p protocol: tcp, udp, icmp
-s source address
-d destination address
--dport destination port
--state ESTABLISHED, SYN_SENT, …
-o extended, id, timestamp`,
	"ip": `-s statistics; -s -s with errors
-d details
-4 only IPv4
-6 only IPv6
-br brief
-j as JSON
-ts timestamps, with monitor`,
	"ethtool": `-S the driver's counters
-i the driver
-k offloads
-g ring sizes
-c interrupt coalescing
-a pause frames
-l channels
-T time stamping`,
	"ping": `-c ends after this many pings
-i seconds between pings
-n numbers, no names
-s bytes of payload
-M do: must not be fragmented
-W seconds to wait for an answer
-w ends after this many seconds
-I send from this interface or address
-D timestamps
-4 only IPv4
-6 only IPv6`,
	"traceroute": `-n numbers, no names
-T use TCP SYN
-I use ICMP
-p port
-m at most this many hops
-q probes for each hop
-w seconds to wait
--mtu finds the path's MTU`,
	"mtr": `--report prints a report and ends
-n numbers, no names
-w wide report
-c this many rounds
-T use TCP
-u use UDP
-P port
-i seconds between rounds
-b names and addresses`,
	"dig": `+short only the answer
+search with the pod's search list
+trace from the root servers down
+tcp use TCP
+tries=1 asks once only
-t type: A, AAAA, SRV, TXT
-x look up the name of an address
-p port
@ the server to ask`,
	"curl": `-s no progress
-S shows errors even with -s
-v what is sent and received
-o writes to this file
-w prints times: see the presets
-k does not check certificates
-I only the response headers
-L follows redirections
-H adds a request header
-m at most this many seconds
--connect-timeout at most this many seconds to connect
--resolve host:port:address
-4 only IPv4
-6 only IPv6`,
	"iperf3": `-c the server to connect to
-s runs as the server
-t for this many seconds
-p port
-u UDP
-b bandwidth: 100M
-R the server sends
-P this many parallel streams
-i seconds between reports
-J as JSON
--forceflush prints each line at once`,
	"iftop": `-i which interface
-n numbers, no names
-P ports
-N port numbers
-B bytes, not bits
-f capture filter, as for tcpdump
-t as text
-s ends after this many seconds, with -t`,
	"tc": `-s statistics
-d details
-j as JSON
-p pretty`,
	"nft": `-a shows handles
-n numbers, no names
-j as JSON
-s without counters`,
	"bash": `--norc skips ~/.bashrc
-l as a login shell
-c runs this command`,
}

// flagsOf are the flags of a tool.
func flagsOf(tool string) []candidate {
	var out []candidate
	for line := range strings.Lines(flagLines[tool]) {
		flag, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, candidate{flag, about})
	}
	return out
}
