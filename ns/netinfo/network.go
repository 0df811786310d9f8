// Package netinfo reads what a network namespace contains: interfaces, routes and sockets. Start reading at Read.
package netinfo

import (
	"errors"
	"net/netip"
)

// ErrNotYet says that a network can be read only later, which is no failure.
var ErrNotYet = errors.New("the network cannot be read yet")

// Network is the content of a network namespace at one moment.
type Network struct {
	Interfaces []Interface // by index
	Routes     []Route     // of the main table, in the kernel's order: IPv4 first
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
	Kind  string // veth, bridge, vlan, …; "loopback"; "device" for a physical one
}

// Route is one way out of the namespace. A route with several next hops becomes several Routes.
type Route struct {
	Dst    netip.Prefix // the zero Prefix: the default route
	Via    netip.Addr   // invalid if the destination is reached directly
	Device string       // "" if packets are not sent out
	Src    netip.Addr   // invalid if the kernel chooses
	Kind   string       // "" for an ordinary route; blackhole, unreachable, prohibit
}

// Socket is a socket that others can send to: a listening TCP socket, or an unconnected UDP socket.
type Socket struct {
	Protocol string // tcp, tcp6, udp, udp6
	Addr     netip.AddrPort
}
