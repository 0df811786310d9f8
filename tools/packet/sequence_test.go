package packet

import (
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

func TestALossThatOnlyASegmentWithoutDataShowsIsSeen(t *testing.T) {
	for name, shows := range map[string]func(c *connection){
		"the sender's own number":       func(c *connection) { c.send(true, pcap.ACK, 301, 1, 0) },
		"what the other side has":       func(c *connection) { c.send(false, pcap.ACK, 1, 301, 0) },
		"what it has, with data":        func(c *connection) { c.send(false, pcap.ACK, 1, 301, 10) },
		"its end":                       func(c *connection) { c.send(true, pcap.ACK|pcap.FIN, 301, 1, 0) },
		"a segment with data behind it": func(c *connection) { c.send(true, pcap.ACK, 301, 1, 50) },
	} {
		c := &connection{table: NewTable()}
		c.send(true, pcap.ACK, 101, 1, 100)
		c.send(false, pcap.ACK, 1, 101, 0)
		shows(c) // 201 to 300 were sent before
		c.at += 500_000_000
		if !c.send(true, pcap.ACK, 201, 1, 100) {
			t.Errorf("%s: a repeated segment is not counted as a retransmit", name)
		}
		if all := c.table.Conversations(); all[0].FromA.Retransmits != 1 || all[0].FromB.Retransmits != 0 {
			t.Errorf("%s: got %+v", name, all[0])
		}
	}
	c := &connection{table: NewTable()}
	c.send(true, pcap.ACK, 101, 1, 100)
	c.send(false, pcap.ACK, 1, 301, 0) // captured before the packet that it answers
	if c.send(true, pcap.ACK, 201, 1, 100) {
		t.Error("a segment that comes soon is out of order, not a retransmit")
	}
}

func TestWhoAnswersASynDidNotBegin(t *testing.T) {
	c := &connection{table: NewTable()}
	c.send(false, pcap.SYN|pcap.ACK, 900, 101, 0)
	got := c.table.Conversations()[0]
	if got.A.Port() != 1000 || got.B.Port() != 80 || got.State != "SYN answered" || got.FromB.Packets != 1 {
		t.Errorf("got %+v", got)
	}
	bases := c.table.BasesOf(1, pcap.Transport{
		Layers: pcap.Layers{Src: got.B.Addr(), Dst: got.A.Addr()}, IP: true, Protocol: pcap.TCP, SrcPort: 80, DstPort: 1000,
	})
	if bases.Seq != 900 || bases.Ack != 100 {
		t.Errorf("numbers count from %+v", bases)
	}
	c.send(true, pcap.ACK, 101, 901, 0)
	if got := c.table.Conversations()[0]; got.State != "open" || got.Handshake != 0 {
		t.Errorf("got %+v", got)
	}
	if c.send(true, pcap.ACK, 101, 901, 5) {
		t.Error("the first data is not a retransmit")
	}
}
