package packets

import (
	"context"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// capturing is a capture of so many packets, for which one waits.
func capturing(packets int) *fakes.Capture {
	c := &fakes.Capture{Come: make(chan []capture.Packet)}
	c.Add(fakes.Traffic(packets)...)
	return c
}

func TestRowsThatStandTogetherAreReadTogether(t *testing.T) {
	c := capturing(100)
	msg := readPackets(t.Context(), c, packetsAsk{numbers: []int64{3, 4, 5, 9, 20, 21}}, 0)
	if diff := cmp.Diff([][2]int64{{3, 3}, {9, 1}, {20, 2}}, c.Asked); diff != "" || len(msg.list) != 6 || msg.state.Last != 100 {
		t.Errorf("%d packets, %+v, %s", len(msg.list), msg.state, diff)
	}
}

func TestWhatComesIsWaitedFor(t *testing.T) {
	c := capturing(100)
	ask := packetsAsk{await: true, newest: 10, seen: c.State()}
	answer := make(chan packetsMsg)
	go func() { answer <- readPackets(t.Context(), c, ask, 0) }()
	c.Come <- fakes.Traffic(5)
	msg := <-answer
	if diff := cmp.Diff([][2]int64{{0, 10}}, c.Asked); diff != "" || len(msg.list) != 10 || msg.list[9].Number != 105 || msg.state.Last != 105 {
		t.Errorf("%d packets, %+v, asked for %v", len(msg.list), msg.state, c.Asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ask.seen = c.State()
	if msg := NewQuestions(ctx, c, 0).packets(ask)(); msg != nil {
		t.Errorf("the console has ended, and is told %v", msg)
	}
}

func TestAFilterWaitsForWhatWasNotReadYet(t *testing.T) {
	c := capturing(10)
	step := packetStep{filter: filterFor("dns", nil), from: 11}
	answer := make(chan foundMsg)
	go func() { answer <- findPackets(t.Context(), c, step) }()
	c.Come <- fakes.Traffic(7)
	if msg := <-answer; msg.next != 11 || msg.numbers != nil { // the console asks again
		t.Errorf("got %+v", msg)
	}
	c.Ended, step.from = true, 18
	if msg := findPackets(t.Context(), c, step); msg.next != 18 {
		t.Errorf("got %+v", msg)
	}
}

func TestAFilterGoesThroughPacketsInPieces(t *testing.T) {
	c := capturing(5000)
	step := packetStep{filter: filterFor("icmp cart-0 10.96", nil), names: fakes.ShopNames, from: 1}
	var numbers []int64
	for step.from <= 5000 {
		msg := findPackets(t.Context(), c, step)
		if msg.next <= step.from || msg.next > step.from+packetStride {
			t.Fatalf("from %d to %d", step.from, msg.next)
		}
		numbers, step.from = append(numbers, msg.numbers...), msg.next
	}
	if len(numbers) != 714 || numbers[0] != 5 || numbers[713] != 4996 {
		t.Errorf("%d, from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
	}
}

func TestWhatIsSentBetweenTheSameEndsInAnotherWayIsAnotherConversation(t *testing.T) {
	p := fakes.Traffic(4)[3] // DNS
	of := &Talk{a: netip.AddrPortFrom(p.Src, p.SrcPort), b: netip.AddrPortFrom(p.Dst, p.DstPort), protocol: "UDP"}
	overTCP, tunnelled, elsewhere := p, p, p
	overTCP.Over, tunnelled.Tunnel, elsewhere.Interface = "TCP", "VXLAN", 3
	if !of.has(&p) || of.has(&overTCP) || of.has(&tunnelled) || of.has(&elsewhere) {
		t.Error("protocol, tunnel and interface are not told apart")
	}
}
