package demo

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/ns"
)

// gateways are the node's addresses on the bridge, with the network that the pods share.
var gateways = [...]netip.Prefix{
	netip.MustParsePrefix("10.244.0.1/24"),
	netip.MustParsePrefix("fd00:10:244::1/64"),
}

const mtu = 1500

// addBridge sets the node up and returns the index of its bridge.
func addBridge(node *ns.Netns) (index int, err error) {
	err = node.Do(func() error {
		if err := linkUp("lo"); err != nil {
			return err
		}
		attrs := netlink.NewLinkAttrs()
		// A bridge without an address of its own takes the lowest of its ports, so a new one with each new pod.
		attrs.Name, attrs.MTU, attrs.HardwareAddr = "cni0", mtu, macOf(gateways[0].Addr())
		if err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}); err != nil {
			return fmt.Errorf("add %s: %w", attrs.Name, err)
		}
		for _, gateway := range gateways {
			if err := addAddress(attrs.Name, gateway); err != nil {
				return err
			}
		}
		if err := linkUp(attrs.Name); err != nil {
			return err
		}
		bridge, err := netlink.LinkByName(attrs.Name)
		if err != nil {
			return fmt.Errorf("find %s: %w", attrs.Name, err)
		}
		index = bridge.Attrs().Index
		return nil
	})
	return index, err
}

// addVeth makes the pod's eth0, with its other end on the node's bridge.
func addVeth(node *ns.Netns, bridge int, name string, pod *ns.Netns, addrs []netip.Addr) error {
	return node.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU, attrs.MasterIndex = name, mtu, bridge
		veth := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(pod.Fd())}
		for _, addr := range addrs {
			if addr.Is4() {
				veth.PeerHardwareAddr = macOf(addr)
			}
		}
		if err := netlink.LinkAdd(veth); err != nil {
			return fmt.Errorf("add %s: %w", name, err)
		}
		return linkUp(name)
	})
}

// delVeth takes a pod from the bridge, which removes its eth0, too.
func delVeth(node *ns.Netns, name string) error {
	return node.Do(func() error {
		link, err := netlink.LinkByName(name)
		if err == nil {
			err = netlink.LinkDel(link)
		}
		if err != nil {
			return fmt.Errorf("remove %s: %w", name, err)
		}
		return nil
	})
}

// addAddresses sets the pod up, with these addresses and the node as its gateway.
func addAddresses(pod *ns.Netns, addrs []netip.Addr) error {
	return pod.Do(func() error {
		for _, name := range []string{"lo", "eth0"} {
			if err := linkUp(name); err != nil {
				return err
			}
		}
		for _, addr := range addrs {
			gateway, err := gatewayOf(addr)
			if err != nil {
				return err
			}
			if err := addAddress("eth0", netip.PrefixFrom(addr, gateway.Bits())); err != nil {
				return err
			}
			if err := netlink.RouteAdd(&netlink.Route{Gw: gateway.Addr().AsSlice()}); err != nil {
				return fmt.Errorf("add a route by %s: %w", gateway.Addr(), err)
			}
		}
		return nil
	})
}

func gatewayOf(addr netip.Addr) (netip.Prefix, error) {
	for _, gateway := range gateways {
		if gateway.Contains(addr) && addr != gateway.Addr() {
			return gateway, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("give address %s: not a pod's in %s", addr, gateways)
}

func linkUp(name string) error {
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	if err != nil {
		return fmt.Errorf("set %s up: %w", name, err)
	}
	return nil
}

func addAddress(name string, prefix netip.Prefix) error {
	addr := &netlink.Addr{IPNet: &net.IPNet{
		IP:   prefix.Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}}
	if prefix.Addr().Is6() {
		addr.Flags = unix.IFA_F_NODAD // else it is unusable for a second, while the kernel looks for duplicates
	}
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.AddrAdd(link, addr)
	}
	if err != nil {
		return fmt.Errorf("add %s to %s: %w", prefix, name, err)
	}
	return nil
}

// macOf makes a MAC address that contains the IPv4 address it belongs to.
func macOf(addr netip.Addr) net.HardwareAddr {
	ip := addr.As4()
	return net.HardwareAddr{0x0a, 0x58, ip[0], ip[1], ip[2], ip[3]}
}
