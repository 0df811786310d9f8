package form

import "strings"

// flagLines are the flags of the catalogue's tools that people on call use most, one in each line with what it does.
var flagLines = map[string]string{
	"tcpdump": `-i which interface: eth0, lo, any
-n addresses and ports as numbers
-e with link-level addresses
-v more of each packet; -vv still more
-A contents as text
-X contents as hex and text
-s at most so many bytes of each packet
-c ends after so many packets
-Q in, out or inout
-D lists the interfaces
-p not promiscuous
-B kernel buffer, in KiB`,
	"tshark": `-i which interface: eth0, lo, any
-n addresses and ports as numbers
-l each line at once
-Y only packets that match this display filter
-f capture filter, as of tcpdump
-T format: text, fields, json
-e a field to print, with -T fields
-z statistics: conv,tcp io,stat,1 expert
-q no packets, only statistics
-a ends when: duration:10 filesize:1000
-c ends after so many packets
-d decode as: tcp.port==8888,http
-V all details of each packet`,
	"ss": `-t TCP
-u UDP
-x Unix sockets
-a listening and connected
-l only listening
-n numbers, no names
-o timers
-i TCP's inner state: rtt, cwnd, retransmits
-m memory
-p the processes
-e more details
-s a summary
-K closes sockets that match`,
	"conntrack": `-L lists connections
-E events as they happen
-S counters by processor
-C how many there are
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
-ts with times, for monitor`,
	"ethtool": `-S the driver's counters
-i the driver
-k offloads
-g ring sizes
-c interrupt coalescing
-a pause frames
-l channels
-T time stamping`,
	"ping": `-c ends after so many
-i seconds between two
-n numbers, no names
-s bytes of payload
-M do: must not be fragmented
-W seconds to wait for an answer
-w ends after so many seconds
-I from this interface or address
-D with times
-4 only IPv4
-6 only IPv6`,
	"traceroute": `-n numbers, no names
-T by TCP SYN
-I by ICMP
-p port
-m at most so many hops
-q probes for each hop
-w seconds to wait
--mtu finds the path's MTU`,
	"mtr": `--report prints a report and ends
-n numbers, no names
-w wide report
-c so many rounds
-T by TCP
-u by UDP
-P port
-i seconds between two
-b names and addresses`,
	"dig": `+short only the answer
+search with the pod's search list
+trace from the root on
+tcp by TCP
+tries=1 asks once only
-t type: A, AAAA, SRV, TXT
-x name of an address
-p port
@ the server to ask`,
	"curl": `-s no progress
-S but errors
-v what is sent and received
-o writes to this file
-w prints times, see presets
-k does not check certificates
-I only the head
-L follows redirections
-H a header
-m at most so many seconds
--connect-timeout at most so many seconds to connect
--resolve host:port:address
-4 only IPv4
-6 only IPv6`,
	"iperf3": `-c the server to ask
-s is the server
-t so many seconds
-p port
-u UDP
-b bandwidth: 100M
-R the server sends
-P so many streams
-i seconds between two lines
-J as JSON
--forceflush each line at once`,
	"iftop": `-i which interface
-n numbers, no names
-P ports
-N port numbers
-B bytes, not bits
-f filter, as of tcpdump
-t as text
-s ends after so many seconds, with -t`,
	"tc": `-s statistics
-d details
-j as JSON
-p pretty`,
	"nft": `-a with handles
-n numbers, no names
-j as JSON
-s without counters`,
	"bash": `--norc without its start file
-l as a login shell
-c runs this command`,
}

// flagsOf are those of a tool.
func flagsOf(tool string) []candidate {
	var out []candidate
	for line := range strings.Lines(flagLines[tool]) {
		flag, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		out = append(out, candidate{flag, about})
	}
	return out
}
