// Package netinfo reads what a network namespace holds: interfaces, routes and sockets. Its door is Read.
package netinfo

import "net/netip"

// Network is what a network namespace held at one moment.
type Network struct {
	Interfaces []Interface // by index
	Routes     []Route     // of the main table, as the kernel orders them: IPv4 first
	Listening  []Socket    // by protocol and address
}

// Interface is one network interface.
type Interface struct {
	Name  string
	Index int
	MTU   int // bytes
	Up    bool
	MAC   string // "" if it has none
	Addrs []netip.Prefix
	Kind  string // veth, bridge, vlan, …; "loopback"; "device" for a plain one
}

// Route is one way out of the namespace. A route with several next hops is several of these.
type Route struct {
	Dst    netip.Prefix // the zero Prefix is the default route
	Via    netip.Addr   // not valid for a neighbour that is reached directly
	Device string       // "" where nothing goes out
	Src    netip.Addr   // not valid if the kernel chooses
	Kind   string       // "" for an ordinary one; blackhole, unreachable, prohibit
}

// Socket is a socket that others can send to: of TCP one that listens, of UDP one that is not connected.
type Socket struct {
	Protocol string // tcp, tcp6, udp, udp6
	Addr     netip.AddrPort
}
