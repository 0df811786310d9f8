// Package fakes has names, pods, texts and captures that exist only in the tests of the console. The program does not contain it.
package fakes

import (
	"net/netip"
	"time"

	"github.com/fennec-project/podtracer/k8s"
)

// Noon is the current time in the tests of the console.
var Noon = time.Date(2026, 11, 22, 12, 4, 51, 0, time.UTC)

// Book is the names that a test knows, by address. If Since is set, they are known only from then on.
type Book struct {
	Owners  map[string]k8s.Name
	Since   time.Time
	Missing string
}

func (b Book) At(addr netip.Addr, at time.Time) (k8s.Name, bool) {
	name, ok := b.Owners[addr.Unmap().WithZone("").String()]
	return name, ok && !at.Before(b.Since)
}

func (b Book) Incomplete() string { return b.Missing }

var ShopNames = Book{Owners: map[string]k8s.Name{
	"10.0.0.1":                {Kind: k8s.PodAddress, Namespace: "shop", Name: "cart-0"},
	"10.0.0.5":                {Kind: k8s.NodeAddress, Name: "node-1"},
	"10.96.0.80":              {Kind: k8s.ServiceAddress, Namespace: "shop", Name: "payments"},
	"fd00::1":                 {Kind: k8s.PodAddress, Namespace: "shop", Name: "cart-0"},
	"fd00::2:5":               {Kind: k8s.PodAddress, Namespace: "shop", Name: "db-0"},
	"fd00::":                  {Kind: k8s.NodeAddress, Name: "node-6"},
	"fe80::1":                 {Kind: k8s.NodeAddress, Name: "node-1"},
	"64:ff9b::a00:1":          {Kind: k8s.NodeAddress, Name: "nat64"},
	"1.2.3.4":                 {Kind: k8s.PodAddress, Namespace: "odd", Name: "version"},
	"12::20":                  {Kind: k8s.PodAddress, Namespace: "odd", Name: "time"},
	"11:22:33:44:55:66:77:88": {Kind: k8s.PodAddress, Namespace: "odd", Name: "mac"},
}}

// Everyone knows a name for every address; the name contains an escape sequence and a right-to-left override.
type Everyone struct{}

func (Everyone) At(netip.Addr, time.Time) (k8s.Name, bool) {
	return k8s.Name{Kind: k8s.NodeAddress, Name: "\x1b[2J\u202e"}, true
}

func (Everyone) Incomplete() string { return "" }
