#!/bin/bash
# captures.sh FOLDER: makes the captures of golden_test.go, as root, with tcpdump in one of two network namespaces that a veth
# pair joins. A VLAN device may be missing in a kernel, so tagged packets are put together by hand. Times, ports and identifiers
# differ every time.
set -eu
cd "$1"
A=pcap-golden-a B=pcap-golden-b
trap 'ip netns del $A 2>/dev/null; ip netns del $B 2>/dev/null' EXIT
ip netns add $A; ip netns add $B
ip link add eth0 netns $A address 02:00:00:00:00:01 type veth peer name eth0 netns $B address 02:00:00:00:00:02
for n in $A $B; do
  i=1; [ $n = $B ] && i=2
  ip -n $n link set lo up; ip -n $n link set eth0 up
  ip -n $n addr add 10.77.0.$i/24 dev eth0
  ip -n $n addr add fd77::$i/64 dev eth0 nodad
done
sleep 3
# traffic ADDRESS: one ping, one TCP connection and one UDP question with its answer.
traffic() {
  ip netns exec $B python3 - "$1" <<'PY' &
import socket, sys
a=sys.argv[1]; f=socket.AF_INET6 if ':' in a else socket.AF_INET
s=socket.socket(f, socket.SOCK_STREAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((a,8080)); s.listen()
u=socket.socket(f, socket.SOCK_DGRAM); u.bind((a,5353))
c,_=s.accept(); d=c.recv(4096); c.sendall(b'HTTP/1.0 200 OK\r\n\r\n'+b'x'*200); c.close()
m,p=u.recvfrom(4096); u.sendto(m[:700],p)
PY
  srv=$!
  sleep 0.5
  case $1 in *:*) ip netns exec $A ping -6 -c 1 -s 100 "$1" >/dev/null ;; *) ip netns exec $A ping -c 1 -s 100 "$1" >/dev/null ;; esac
  ip netns exec $A python3 - "$1" <<'PY'
import socket, sys
a=sys.argv[1]; f=socket.AF_INET6 if ':' in a else socket.AF_INET
s=socket.socket(f, socket.SOCK_STREAM); s.connect((a,8080)); s.sendall(b'GET / HTTP/1.0\r\n\r\n')
while s.recv(4096): pass
u=socket.socket(f, socket.SOCK_DGRAM); u.sendto(b'y'*701,(a,5353)); u.recv(4096)
PY
  wait $srv
}
# capture FILE ADDRESS ARGUMENT...: what tcpdump sees of it.
capture() {
  out=$1; addr=$2; shift 2
  ip -n $A neigh flush dev eth0; ip -n $B neigh flush dev eth0
  ip netns exec $A tcpdump -q -Z root --immediate-mode -w "$out" "$@" 2>/dev/null &
  dump=$!
  sleep 1
  traffic "$addr"
  sleep 1.2
  kill -INT $dump; wait $dump || true
}
capture micros.pcap 10.77.0.2 -i eth0 not ip6
capture nanos.pcap 10.77.0.2 -i eth0 --time-stamp-precision=nano not ip6
capture snaplen.pcap 10.77.0.2 -i eth0 -s 70 udp or icmp
capture ipv6.pcap fd77::2 -i eth0 --time-stamp-precision=nano ip6
ip netns exec $A tcpdump -q -Z root --immediate-mode -w vlan.pcap -i eth0 vlan 2>/dev/null &
dump=$!
sleep 1
ip netns exec $A python3 - <<'PY'
import socket, struct
s=socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth0',0))
data=b'tagged'*10
ip=struct.pack('!BBHHHBBH4s4s',0x45,0,28+len(data),1,0,64,17,0,bytes([10,77,7,1]),bytes([10,77,7,2]))
c=sum(struct.unpack('!10H',ip)); c=(c>>16)+(c&0xffff); c=~(c+(c>>16))&0xffff
ip=ip[:10]+struct.pack('!H',c)+ip[12:]
p=ip+struct.pack('!HHHH',5000,5001,8+len(data),0)+data
mac=bytes.fromhex('020000000002020000000001')
s.send(mac+bytes.fromhex('81000007'+'0800')+p)
s.send(mac+bytes.fromhex('88a80064'+'81000007'+'0800')+p)
PY
sleep 1.2
kill -INT $dump; wait $dump || true
capture any.pcap 10.77.0.2 -i any -y LINUX_SLL2 not ip6
capture cooked.pcap 10.77.0.2 -i any -y LINUX_SLL not ip6
capture empty.pcap 10.77.0.2 -i eth0 port 1
