package netinfo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/ns"
)

// Read reads what the namespace contains, over netlink inside it. It takes some milliseconds, at most 3 s, and starts no process. It reads
// at most 10,000 of each kind.
//
// Even with an error, it returns what could be read; the error says what could not.
func Read(ctx context.Context, n *ns.Netns) (Network, error) {
	type answer struct {
		network Network
		err     error
	}
	held, err := n.Dup() // the caller may close n before the kernel has answered
	if err != nil {
		return Network{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, mostLook, fmt.Errorf("it was not read within %v", mostLook))
	told := make(chan answer, 1)
	go func() { // ends soon after ctx: no question waits longer than mostAnswering
		defer cancel()
		defer held.Close()
		var a answer
		a.err = held.Do(func() error { return a.network.read(ctx) })
		told <- a
	}()
	select {
	case a := <-told:
		return a.network, a.err
	case <-ctx.Done():
	}
	select { // deliver what was read by then, unless the kernel is busy
	case a := <-told:
		return a.network, a.err
	case <-time.After(lateLook):
		return Network{}, context.Cause(ctx)
	}
}

func (n *Network) read(ctx context.Context) error {
	var all []error
	for _, read := range []func(context.Context) error{n.readInterfaces, n.readRoutes, n.readSockets} {
		if ctx.Err() != nil {
			return errors.Join(append(all, context.Cause(ctx))...)
		}
		all = append(all, read(ctx))
	}
	return errors.Join(all...)
}

func (n *Network) readInterfaces(ctx context.Context) error {
	all := func() error {
		return dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_UNSPEC), n.takeInterface)
	}
	if err := again(all, func() { n.Interfaces = nil }); err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	byIndex := map[int][]netip.Prefix{}
	addresses := func() error {
		return dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETADDR, nl.NewIfAddrmsg(unix.AF_UNSPEC), func(piece []byte) bool {
			index, at, ok := interfaceAddress(piece)
			if ok {
				byIndex[index] = append(byIndex[index], at)
			}
			return ok
		})
	}
	err := again(addresses, func() { clear(byIndex) })
	if err != nil {
		err = fmt.Errorf("list addresses: %w", err)
	}
	for i := range n.Interfaces {
		n.Interfaces[i].Addrs = byIndex[n.Interfaces[i].Index]
	}
	slices.SortFunc(n.Interfaces, func(a, b Interface) int { return cmp.Compare(a.Index, b.Index) })
	return err
}

func (n *Network) takeInterface(piece []byte) bool {
	link, err := netlink.LinkDeserialize(nil, piece)
	if err != nil {
		return false
	}
	attrs := link.Attrs()
	i := Interface{Name: attrs.Name, Index: attrs.Index, MTU: attrs.MTU, Up: attrs.Flags&net.FlagUp != 0, Kind: link.Type()}
	if attrs.Flags&net.FlagLoopback != 0 {
		i.Kind = "loopback"
	} else {
		i.MAC = attrs.HardwareAddr.String()
	}
	n.Interfaces = append(n.Interfaces, i)
	return true
}

// interfaceAddress reads struct ifaddrmsg and its attributes. For a point-to-point address it returns the local one (IFA_LOCAL).
func interfaceAddress(piece []byte) (index int, at netip.Prefix, ok bool) {
	if len(piece) < unix.SizeofIfAddrmsg {
		return 0, at, false
	}
	message := nl.DeserializeIfAddrmsg(piece)
	attrs, err := nl.ParseRouteAttr(piece[unix.SizeofIfAddrmsg:])
	if err != nil {
		return 0, at, false
	}
	var local, peer netip.Addr
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.IFA_LOCAL:
			local = address(a.Value)
		case unix.IFA_ADDRESS:
			peer = address(a.Value)
		}
	}
	bits := int(message.Prefixlen)
	if !local.IsValid() {
		local = peer
	} else if local != peer {
		bits = local.BitLen() // the prefix belongs to the peer
	}
	return int(message.Index), netip.PrefixFrom(local, bits), local.IsValid()
}

func address(ip []byte) netip.Addr {
	addr, _ := netip.AddrFromSlice(ip)
	return addr.Unmap()
}
