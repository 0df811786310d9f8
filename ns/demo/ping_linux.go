package demo

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/fennec-project/podtracer/ns"
)

// Ping sends echo requests from the pod to an address again and again; the kernel there answers.
func (d *Node) Ping(ctx context.Context, uid string, to netip.Addr, every time.Duration) error {
	network, address := "ip4:icmp", "0.0.0.0"
	if to.Is6() {
		network, address = "ip6:ipv6-icmp", "::"
	}
	return d.start(ctx, uid, func(pod *podNet) (func(context.Context), error) {
		conn, err := pod.listenPacket(network, address)
		if err != nil {
			return nil, ns.Explain("ping from demo pod "+uid, err, "CAP_NET_RAW")
		}
		return func(ctx context.Context) {
			defer conn.Close()
			defer whenDone(ctx, func() { _ = conn.Close() })() // ends a blocked read
			p := pinger{conn: conn, to: to, id: rand.N(1 << 16)}
			repeat(ctx, every, func() { _ = p.ping() }) // a missing answer is traffic, too
		}, nil
	})
}

type pinger struct {
	conn    net.PacketConn
	to      netip.Addr
	id, seq int
}

// ping sends one request and waits for its answer.
func (p *pinger) ping() error {
	p.seq = (p.seq + 1) % (1 << 16)
	var request, reply icmp.Type = ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply
	if p.to.Is6() {
		request, reply = ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply
	}
	data := make([]byte, 56) // the size of ping(8), with the time in front
	binary.NativeEndian.PutUint64(data, uint64(time.Now().UnixMicro()))
	message := icmp.Message{Type: request, Body: &icmp.Echo{ID: p.id, Seq: p.seq, Data: data}}
	packet, err := message.Marshal(nil) // the kernel computes the checksum of ICMPv6
	if err != nil {
		return fmt.Errorf("ping %s: %w", p.to, err)
	}
	if err := p.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("ping %s: %w", p.to, err)
	}
	if _, err := p.conn.WriteTo(packet, &net.IPAddr{IP: p.to.AsSlice()}); err != nil {
		return fmt.Errorf("ping %s: %w", p.to, err)
	}
	return p.await(reply)
}

// await reads until the answer comes. The socket also receives the ICMP messages of others in the pod.
func (p *pinger) await(reply icmp.Type) error {
	buffer := make([]byte, 1500)
	protocol := ipv4.ICMPTypeEcho.Protocol()
	if p.to.Is6() {
		protocol = ipv6.ICMPTypeEchoRequest.Protocol()
	}
	for {
		n, _, err := p.conn.ReadFrom(buffer)
		if err != nil {
			return fmt.Errorf("ping %s: %w", p.to, err)
		}
		message, err := icmp.ParseMessage(protocol, buffer[:n])
		if err != nil || message.Type != reply {
			continue
		}
		if echo, ok := message.Body.(*icmp.Echo); ok && echo.ID == p.id && echo.Seq == p.seq {
			return nil
		}
	}
}
