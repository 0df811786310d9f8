package tools

import "testing"

// A run that nobody reads here, but somebody elsewhere does, tells how far it has come while it goes on.
func TestACaptureThatIsCountedTellsOfItsPacketsThoughNobodyReadsThem(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	id := n.start(t, Request{Pod: cart, Argv: []string{"tcpdump", "-n", "-i", "eth0"}, Packets: true, Counted: true})
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 10 && s.Phase == Running })
}
