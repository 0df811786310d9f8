#!/bin/bash
# lossy.sh: makes lossy-sender.pcap and lossy-receiver.pcap, the same two connections seen at both ends of a path that is slow
# (12 Mbit/s, a queue of 40 kB) and loses 1.5 % of the packets. As root; it needs ip, tc, nft, tcpdump and iperf3.
set -euo pipefail
cd "$(dirname "$0")"
namespaces=(lossy-a lossy-r lossy-b)

for n in "${namespaces[@]}"; do ip netns add "$n"; done
trap 'for n in "${namespaces[@]}"; do ip netns delete "$n"; done' EXIT
ip link add eth0 netns lossy-a type veth peer name left netns lossy-r
ip link add eth0 netns lossy-b type veth peer name right netns lossy-r
ip -n lossy-a address add 10.77.0.1/24 dev eth0
ip -n lossy-r address add 10.77.0.2/24 dev left
ip -n lossy-r address add 10.77.1.2/24 dev right
ip -n lossy-b address add 10.77.1.1/24 dev eth0
for end in 'lossy-a eth0' 'lossy-r left' 'lossy-r right' 'lossy-b eth0'; do
	read -r n device <<<"$end"
	ip -n "$n" link set "$device" up
	ip netns exec "$n" ethtool -K "$device" tso off gso off gro off >/dev/null # packets as they are on a wire
done
ip -n lossy-a route add default via 10.77.0.2
ip -n lossy-b route add default via 10.77.1.2
ip netns exec lossy-r sysctl -q net.ipv4.ip_forward=1
for device in left right; do
	ip netns exec lossy-r tc qdisc add dev "$device" root tbf rate 12mbit burst 16kb limit 40000
done
ip netns exec lossy-r nft -f - <<-END
	table ip lossy {
	  chain forward {
	    type filter hook forward priority 0
	    tcp dport 5201 numgen random mod 1000 < 15 drop
	    tcp sport 5201 numgen random mod 1000 < 15 drop
	  }
	}
END
ip netns exec lossy-a tcpdump -q -i eth0 -B 65536 -s 96 -Z root -w lossy-sender.pcap tcp &
ip netns exec lossy-b tcpdump -q -i eth0 -B 65536 -s 96 -Z root -w lossy-receiver.pcap tcp &
ip netns exec lossy-b iperf3 -s -1 >/dev/null &
sleep 1
ip netns exec lossy-a iperf3 -c 10.77.1.1 -t 1 -P 2
sleep 1.5
kill -INT %1 %2
wait
