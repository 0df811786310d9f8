package ns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Inspect reads what the namespace holds, over netlink inside it. It takes some milliseconds and starts nothing; ctx is
// looked at between the questions.
//
// What could be read is returned also with an error, which says what could not.
func (n *Netns) Inspect(ctx context.Context) (Network, error) {
	var found Network
	err := n.Do(func() error {
		handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return fmt.Errorf("open netlink in %s: %w", n.Path, err)
		}
		defer handle.Close()
		var all []error
		for _, read := range []func(*netlink.Handle) error{found.readInterfaces, found.readRoutes, found.readSockets} {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			all = append(all, read(handle))
		}
		return errors.Join(all...)
	})
	return found, err
}

// again asks once more when a change came in between, which makes a list doubtful; the second answer is taken as it is.
func again[T any](ask func() (T, error)) (T, error) {
	answer, err := ask()
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		answer, err = ask()
	}
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		err = nil
	}
	return answer, err
}

func (n *Network) readInterfaces(h *netlink.Handle) error {
	links, err := again(h.LinkList)
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	addrs, err := again(func() ([]netlink.Addr, error) { return h.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		err = fmt.Errorf("list addresses: %w", err)
	}
	for _, link := range links {
		attrs := link.Attrs()
		i := Interface{
			Name: attrs.Name, Index: attrs.Index, MTU: attrs.MTU, Up: attrs.Flags&net.FlagUp != 0, Kind: link.Type(),
		}
		if attrs.Flags&net.FlagLoopback != 0 {
			i.Kind = "loopback"
		} else {
			i.MAC = attrs.HardwareAddr.String()
		}
		for _, a := range addrs {
			if a.LinkIndex == i.Index && a.IPNet != nil {
				i.Addrs = append(i.Addrs, prefix(*a.IPNet))
			}
		}
		n.Interfaces = append(n.Interfaces, i)
	}
	slices.SortFunc(n.Interfaces, func(a, b Interface) int { return cmp.Compare(a.Index, b.Index) })
	return err
}

func (n *Network) readRoutes(h *netlink.Handle) error {
	var all []error
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := again(func() ([]netlink.Route, error) { return h.RouteList(nil, family) })
		if err != nil {
			all = append(all, fmt.Errorf("list routes: %w", err))
		}
		for _, r := range routes {
			n.addRoute(r)
		}
	}
	return errors.Join(all...)
}

func (n *Network) addRoute(r netlink.Route) {
	to := Route{Src: address(r.Src), Kind: routeKinds[r.Type]}
	if r.Dst != nil {
		to.Dst = prefix(*r.Dst)
	}
	if to.Dst.Bits() == 0 {
		to.Dst = netip.Prefix{}
	}
	hops := []*netlink.NexthopInfo{{LinkIndex: r.LinkIndex, Gw: r.Gw, Via: r.Via}}
	if len(r.MultiPath) > 0 {
		hops = r.MultiPath
	}
	for _, hop := range hops {
		to.Device, to.Via = n.device(hop.LinkIndex), address(hop.Gw)
		if via, ok := hop.Via.(*netlink.Via); ok { // IPv4 over a neighbour's IPv6 address
			to.Via = address(via.Addr)
		}
		if to.Kind != "" {
			to.Device = ""
		}
		n.Routes = append(n.Routes, to)
	}
}

var routeKinds = map[int]string{
	unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit",
}

func (n *Network) device(index int) string {
	for _, i := range n.Interfaces {
		if i.Index == index {
			return i.Name
		}
	}
	return ""
}

func address(ip net.IP) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}

func prefix(n net.IPNet) netip.Prefix {
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(address(n.IP), ones)
}
