package netinfo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

func (n *Network) readRoutes(ctx context.Context) error {
	devices := map[int]string{}
	for _, i := range n.Interfaces {
		devices[i.Index] = i.Name
	}
	var all []error
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		before := len(n.Routes)
		ask := func() error {
			full := false
			err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETROUTE, &nl.RtMsg{RtMsg: unix.RtMsg{Family: uint8(family)}}, func(piece []byte) bool {
				ways := routesOf(piece, devices)
				full = full || len(n.Routes)-before+len(ways) > mostAnswers // one route can have thousands of next hops
				if !full {
					n.Routes = append(n.Routes, ways...)
				}
				return true // routes of other tables count, too, because they are read
			})
			if err == nil && full {
				err = errMany
			}
			return err
		}
		if err := again(ask, func() { n.Routes = n.Routes[:before] }); err != nil {
			all = append(all, fmt.Errorf("list routes: %w", err))
		}
	}
	return errors.Join(all...)
}

var routeKinds = map[uint8]string{
	unix.RTN_BLACKHOLE: "blackhole", unix.RTN_UNREACHABLE: "unreachable", unix.RTN_PROHIBIT: "prohibit",
}

// routesOf reads struct rtmsg and its attributes (rtnetlink(7)): a route of the main table, once for each next hop.
func routesOf(piece []byte, devices map[int]string) []Route {
	if len(piece) < unix.SizeofRtMsg {
		return nil
	}
	message := nl.DeserializeRtMsg(piece)
	attrs, err := nl.ParseRouteAttr(piece[unix.SizeofRtMsg:])
	if err != nil || message.Table != unix.RT_TABLE_MAIN || message.Flags&unix.RTM_F_CLONED != 0 {
		return nil
	}
	to := Route{Kind: routeKinds[message.Type]}
	var hops []byte
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.RTA_DST:
			to.Dst = netip.PrefixFrom(address(a.Value), int(message.Dst_len))
		case unix.RTA_PREFSRC:
			to.Src = address(a.Value)
		case unix.RTA_MULTIPATH:
			hops = a.Value
		}
	}
	if to.Dst.Bits() == 0 {
		to.Dst = netip.Prefix{}
	}
	if hops == nil {
		return []Route{to.by(attrs, devices)}
	}
	return to.each(hops, devices)
}

// each reads a sequence of struct rtnexthop with their attributes.
func (r Route) each(hops []byte, devices map[int]string) (routes []Route) {
	for len(hops) >= unix.SizeofRtNexthop {
		length := int(binary.NativeEndian.Uint16(hops))
		if length < unix.SizeofRtNexthop || length > len(hops) {
			break
		}
		attrs, err := nl.ParseRouteAttr(hops[unix.SizeofRtNexthop:length])
		if err != nil {
			break
		}
		hop := r.by(attrs, devices)
		if r.Kind == "" {
			hop.Device = devices[int(binary.NativeEndian.Uint32(hops[4:]))]
		}
		routes = append(routes, hop)
		hops = hops[min(len(hops), (length+3)&^3):]
	}
	return routes
}

// by returns the route over the next hop in the attributes.
func (r Route) by(attrs []syscall.NetlinkRouteAttr, devices map[int]string) Route {
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.RTA_GATEWAY:
			r.Via = address(a.Value)
		case unix.RTA_VIA: // IPv4 over a neighbour's IPv6 address: struct rtvia
			r.Via = address(a.Value[min(2, len(a.Value)):])
		case unix.RTA_OIF:
			if r.Kind == "" && len(a.Value) >= 4 {
				r.Device = devices[int(binary.NativeEndian.Uint32(a.Value))]
			}
		}
	}
	return r
}
