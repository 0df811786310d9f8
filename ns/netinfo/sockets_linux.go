package netinfo

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Socket states as sock_diag numbers them (tcp_states.h); an unconnected UDP socket is "closed".
const (
	stateClose  = 7
	stateListen = 10
)

// readSockets asks only for sockets that others can send to: the kernel leaves out the others, of which there may be very many.
func (n *Network) readSockets(ctx context.Context) error {
	var all []error
	for _, kind := range []struct {
		name             string
		family, protocol uint8
		state            uint
	}{
		{"tcp", unix.AF_INET, unix.IPPROTO_TCP, stateListen},
		{"tcp6", unix.AF_INET6, unix.IPPROTO_TCP, stateListen},
		{"udp", unix.AF_INET, unix.IPPROTO_UDP, stateClose},
		{"udp6", unix.AF_INET6, unix.IPPROTO_UDP, stateClose},
	} {
		before := len(n.Listening)
		ask := func() error {
			question := diagRequest{kind.family, kind.protocol, 1 << kind.state}
			return dump(ctx, unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY, question, func(piece []byte) bool {
				addr, ok := localAddress(piece)
				if ok {
					n.Listening = append(n.Listening, Socket{kind.name, addr})
				}
				return ok
			})
		}
		if err := again(ask, func() { n.Listening = n.Listening[:before] }); err != nil {
			all = append(all, fmt.Errorf("list %s sockets: %w", kind.name, err))
		}
	}
	slices.SortFunc(n.Listening, func(a, b Socket) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), a.Addr.Compare(b.Addr))
	})
	n.Listening = slices.Compact(n.Listening) // SO_REUSEPORT: many sockets, one address
	return errors.Join(all...)
}

// diagRequest is struct inet_diag_req_v2 (sock_diag(7)) with an empty socket ID, which means all sockets.
type diagRequest struct {
	family, protocol uint8
	states           uint32
}

const sizeofDiagRequest = 56

func (r diagRequest) Len() int { return sizeofDiagRequest }

func (r diagRequest) Serialize() []byte {
	b := make([]byte, sizeofDiagRequest)
	b[0], b[1] = r.family, r.protocol
	binary.NativeEndian.PutUint32(b[4:], r.states)
	return b
}

// localAddress reads struct inet_diag_msg: family, state, two counters, and the socket's ID, in network byte order.
func localAddress(b []byte) (netip.AddrPort, bool) {
	const port, source = 4, 8
	if len(b) < source+16 {
		return netip.AddrPort{}, false
	}
	addr := netip.AddrFrom16([16]byte(b[source : source+16]))
	if b[0] == unix.AF_INET {
		addr = netip.AddrFrom4([4]byte(b[source : source+4]))
	}
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[port:])), true
}
