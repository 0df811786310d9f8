package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// maxDatagram is the largest DNS message over UDP without EDNS, in bytes (RFC 1035). The demo's answers are smaller.
const maxDatagram = 512

// dnsTTL is short, as in a cluster, because pods come and go. In seconds.
const dnsTTL = 5

func (d *Node) dnsServer() netip.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dns
}

func (d *Node) setDNSServer(addr netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dns = addr
}

// ServeDNS makes the pod the demo's DNS server, over UDP and TCP: A and AAAA records for the given full names, such as
// "cart.shop.svc.cluster.local", and NXDOMAIN for other names. Pods that Find finds later have it in their resolv.conf.
func (d *Node) ServeDNS(ctx context.Context, uid string, names map[string][]netip.Addr) error {
	zone, err := newDNSZone(names)
	if err != nil {
		return fmt.Errorf("serve DNS in demo pod %s: %w", uid, err)
	}
	prepare := func(pod *podNet) (func(context.Context), error) {
		if len(pod.addrs) == 0 {
			return nil, fmt.Errorf("serve DNS in demo pod %s: it has no address", uid)
		}
		datagrams, err := pod.listenPacket("udp", fmt.Sprintf(":%d", dnsPort))
		if err != nil {
			return nil, fmt.Errorf("serve DNS in demo pod %s: %w", uid, err)
		}
		streams, err := pod.listen(ctx, dnsPort)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serve DNS in demo pod %s: %w", uid, err), datagrams.Close())
		}
		d.setDNSServer(pod.addrs[0])
		return func(ctx context.Context) { zone.serve(ctx, datagrams, streams) }, nil
	}
	return d.start(ctx, uid, prepare)
}

// dnsZone is the data of the demo's DNS server: addresses by full name, in lower case and with the last dot.
type dnsZone map[string][]netip.Addr

func newDNSZone(names map[string][]netip.Addr) (dnsZone, error) {
	zone := dnsZone{}
	for name, addrs := range names {
		full := strings.ToLower(strings.TrimSuffix(name, ".")) + "."
		if _, err := dnsmessage.NewName(full); err != nil {
			return nil, fmt.Errorf("name %s: %w", name, err)
		}
		zone[full] = addrs
	}
	return zone, nil
}

// serve ends with ctx; then both sockets are closed.
func (z dnsZone) serve(ctx context.Context, datagrams net.PacketConn, streams net.Listener) {
	release := whenDone(ctx, func() {
		_ = datagrams.Close() // ends both loops below
		_ = streams.Close()
	})
	defer release()
	var loops sync.WaitGroup
	loops.Go(func() { z.serveDatagrams(datagrams) })
	loops.Go(func() { z.serveStreams(ctx, streams) })
	loops.Wait()
}

func (z dnsZone) serveDatagrams(conn net.PacketConn) {
	buffer := make([]byte, maxDatagram*8) // a query with EDNS may be longer
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if answer, err := z.answer(buffer[:n]); err == nil {
			_, _ = conn.WriteTo(answer, from) // a client repeats its query if the answer is lost
		}
	}
}

// serveStreams serves one connection at a time: a demo has few, and each is short.
func (z dnsZone) serveStreams(ctx context.Context, l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		release := whenDone(ctx, func() { _ = conn.Close() })
		_ = z.serveStream(conn) // the client sees the end
		release()
		_ = conn.Close()
	}
}

// serveStream answers messages, each with its length before it, until the client has no more or is too slow.
func (z dnsZone) serveStream(conn net.Conn) error {
	for {
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return err
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return err
		}
		answer, err := z.answer(question)
		if err != nil {
			return err
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return err
		}
	}
}

// answer answers the first question of a message. It returns an error if the message has none.
func (z dnsZone) answer(message []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	if header.Response {
		return nil, fmt.Errorf("message %d is an answer", header.ID) // two servers that answer each other would never end
	}
	addrs, known := z[strings.ToLower(question.Name.String())]
	reply := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true,
		},
		Questions: []dnsmessage.Question{question},
	}
	if !known {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, addr := range addrs {
		if typeOf(addr) == question.Type {
			head := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: dnsTTL}
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: head, Body: resourceOf(addr)})
		}
	}
	return reply.Pack()
}

func typeOf(addr netip.Addr) dnsmessage.Type {
	if addr.Is4() {
		return dnsmessage.TypeA
	}
	return dnsmessage.TypeAAAA
}

func resourceOf(addr netip.Addr) dnsmessage.ResourceBody {
	if addr.Is4() {
		return &dnsmessage.AResource{A: addr.As4()}
	}
	return &dnsmessage.AAAAResource{AAAA: addr.As16()}
}
