package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const dnsPort = 53

// searchList are the search domains of a pod in the namespace shop (resolv.conf(5)).
var searchList = [...]string{"shop.svc.cluster.local.", "svc.cluster.local.", "cluster.local."}

const dotsOfFullName = 5

func resolvConfOf(dns netip.Addr) []byte {
	var domains []string
	for _, domain := range searchList {
		domains = append(domains, strings.TrimSuffix(domain, "."))
	}
	return fmt.Appendf(nil, "search %s\nnameserver %s\noptions ndots:%d\n", strings.Join(domains, " "), dns, dotsOfFullName)
}

// Resolve looks up the names from inside the pod, one after the other, as libc would with the pod's resolv.conf: a name with few dots is
// first tried in each search domain. Names that do not exist make traffic, too.
func (d *Node) Resolve(ctx context.Context, uid string, names []string, every time.Duration) error {
	if len(names) == 0 {
		return fmt.Errorf("resolve from demo pod %s: no names", uid)
	}
	return d.start(ctx, uid, func(pod *podNet) (func(context.Context), error) {
		return func(ctx context.Context) {
			next := 0
			repeat(ctx, every, func() {
				_, _ = lookup(ctx, pod, d.dnsServer(), names[next%len(names)]) // only the query matters
				next++
			})
		}, nil
	})
}

var errNoSuchName = errors.New("no such name")

// lookup asks the server for the addresses of a name. Without an error there is at least one.
func lookup(ctx context.Context, from *podNet, server netip.Addr, name string) ([]netip.Addr, error) {
	if !server.IsValid() {
		return nil, fmt.Errorf("look up %s: the demo has no DNS server", name)
	}
	conn, err := from.dial(ctx, "udp", netip.AddrPortFrom(server, dnsPort).String())
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	defer conn.Close()
	defer whenDone(ctx, func() { _ = conn.Close() })() // a blocked read returns an error then
	for i, candidate := range candidates(name) {
		addrs, err := query(conn, uint16(2*i), candidate)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", name, err)
		}
		if len(addrs) > 0 {
			return addrs, nil
		}
	}
	return nil, fmt.Errorf("look up %s: %w", name, errNoSuchName)
}

// candidates returns the full names to try, in order.
func candidates(name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	full := []string{name + "."}
	var searched []string
	for _, domain := range searchList {
		searched = append(searched, name+"."+domain)
	}
	if strings.Count(name, ".") >= dotsOfFullName {
		return append(full, searched...)
	}
	return append(searched, full...)
}

// query asks for A and AAAA at the same time, as libc does, and waits for both answers. Its socket is connected to the one server.
func query(conn net.Conn, id uint16, name string) ([]netip.Addr, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	types := []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
	for i, kind := range types {
		question, err := packQuestion(id+uint16(i), name, kind)
		if err != nil {
			return nil, err
		}
		if _, err := conn.Write(question); err != nil {
			return nil, err
		}
	}
	var addrs []netip.Addr
	buffer := make([]byte, maxDatagram)
	for range types {
		n, err := conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		answers, err := unpackAnswers(buffer[:n])
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, answers...)
	}
	return addrs, nil
}

func packQuestion(id uint16, name string, kind dnsmessage.Type) ([]byte, error) {
	parsed, err := dnsmessage.NewName(name)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", name, err)
	}
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: parsed, Type: kind, Class: dnsmessage.ClassINET}},
	}
	return message.Pack()
}

func unpackAnswers(packet []byte) ([]netip.Addr, error) {
	var message dnsmessage.Message
	if err := message.Unpack(packet); err != nil {
		return nil, fmt.Errorf("read DNS answer: %w", err)
	}
	var addrs []netip.Addr
	for _, answer := range message.Answers {
		switch body := answer.Body.(type) {
		case *dnsmessage.AResource:
			addrs = append(addrs, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			addrs = append(addrs, netip.AddrFrom16(body.AAAA))
		}
	}
	return addrs, nil
}
