package ui

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// captured is runs of which only the packets matter.
type captured struct {
	Runs
	fake  fakePackets
	calls [][2]int64 // first and n of each call that wants packets
	grow  int        // packets that come between two calls
}

func (c *captured) Packets(_ context.Context, _ tools.RunID, first int64, n int) (list []capture.Packet, state capture.State, err error) {
	c.fake.list = append(c.fake.list, traffic(c.grow)...)
	state = c.fake.state()
	if n > 0 {
		c.calls = append(c.calls, [2]int64{first, int64(n)})
	}
	if first == 0 {
		first = max(state.First, state.Last-int64(n)+1)
	}
	for number := max(first, state.First); number <= min(state.Last, first+int64(n)-1); number++ {
		p := c.fake.list[number-1]
		p.Number = number
		list = append(list, p)
	}
	return list, state, nil
}

func TestRowsThatStandTogetherAreReadTogether(t *testing.T) {
	runs := &captured{fake: fakePackets{list: traffic(100)}}
	msg := readPackets(t.Context(), runs, packetsAsk{numbers: []int64{3, 4, 5, 9, 20, 21}}).(packetsMsg)
	if diff := cmp.Diff([][2]int64{{3, 3}, {9, 1}, {20, 2}}, runs.calls); diff != "" || len(msg.list) != 6 || msg.state.Last != 100 {
		t.Errorf("%d packets, %+v, %s", len(msg.list), msg.state, diff)
	}
}

func TestWhatComesIsWaitedForButNotForEver(t *testing.T) {
	runs := &captured{fake: fakePackets{list: traffic(100)}}
	begun := time.Now()
	ask := packetsAsk{poll: true, newest: 10, seen: runs.fake.state()}
	msg := readPackets(t.Context(), runs, ask).(packetsMsg)
	if took := time.Since(begun); took < packetLooks*packetPace || msg.state != ask.seen || len(msg.list) != 10 {
		t.Errorf("%d packets after %s", len(msg.list), took)
	}
	runs.grow, begun = 5, time.Now()
	msg = readPackets(t.Context(), runs, ask).(packetsMsg)
	if took := time.Since(begun); took > 3*packetPace || took < packetPace || msg.list[9].Number != msg.state.Last {
		t.Errorf("to packet %d after %s", msg.list[9].Number, took)
	}
}

func TestAFilterGoesThroughPacketsInPieces(t *testing.T) {
	runs := &captured{fake: fakePackets{list: traffic(5000)}}
	step := packetStep{filter: packetFilter{words: []string{"icmp", "cart-0", "10.96"}}, names: fakes.ShopNames, from: 1}
	var numbers []int64
	for step.from <= 5000 {
		msg := lookPackets(t.Context(), runs, step).(packetHitsMsg)
		if msg.next <= step.from || msg.next > step.from+packetStride {
			t.Fatalf("from %d to %d", step.from, msg.next)
		}
		numbers, step.from = append(numbers, msg.numbers...), msg.next
	}
	if len(numbers) != 714 || numbers[0] != 5 || numbers[713] != 4996 {
		t.Errorf("%d, from %d to %d", len(numbers), numbers[0], numbers[len(numbers)-1])
	}
}

func TestWhatIsSentBetweenTheSameEndsByAnotherProtocolIsAnotherConversation(t *testing.T) {
	p := traffic(4)[3] // DNS
	of := &talk{a: netip.AddrPortFrom(p.Src, p.SrcPort), b: netip.AddrPortFrom(p.Dst, p.DstPort), protocol: "UDP"}
	for over, want := range map[string]bool{"UDP": true, "TCP": false} {
		if p.Over = over; of.has(&p) != want {
			t.Errorf("%s over %s is taken for UDP: %v", p.Protocol, over, !want)
		}
	}
}

func TestAWordIsFoundInAddressNamePortProtocolAndInfo(t *testing.T) {
	p := traffic(3)[2]
	for word, want := range map[string]bool{
		"10.0.0.1": true, ":8080": true, "10.96.0.80:8080": true, "cart-0.shop": true, "payments": true, "http": true, "get /cart/2": true, "dns": false, ":443": false,
	} {
		if got := (packetFilter{words: []string{word}}).takes(&p, fakes.ShopNames); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}
