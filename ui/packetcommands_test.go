package ui

import (
	"context"
	"net/netip"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/fakes"
)

// captured is runs of which only the packets matter.
type captured struct {
	Runs
	fake  fakePackets
	calls [][2]int64            // first and n of each call that wants packets
	come  chan []capture.Packet // what comes while somebody waits
}

func (c *captured) NextPackets(ctx context.Context, _ tools.RunID, seen capture.State) (capture.State, error) {
	select {
	case some := <-c.come:
		c.fake.list = append(c.fake.list, some...)
		return c.fake.state(), nil
	case <-ctx.Done():
		return seen, ctx.Err()
	}
}

func (c *captured) Packets(_ context.Context, _ tools.RunID, first int64, n int) (list []capture.Packet, state capture.State, err error) {
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

func TestWhatComesIsWaitedFor(t *testing.T) {
	runs := &captured{fake: fakePackets{list: traffic(100)}, come: make(chan []capture.Packet)}
	ask := packetsAsk{await: true, newest: 10, seen: runs.fake.state()}
	answer := make(chan tea.Msg)
	go func() { answer <- readPackets(t.Context(), runs, ask) }()
	runs.come <- traffic(5)
	msg := (<-answer).(packetsMsg)
	if diff := cmp.Diff([][2]int64{{0, 10}}, runs.calls); diff != "" || len(msg.list) != 10 || msg.list[9].Number != 105 || msg.state.Last != 105 {
		t.Errorf("%d packets, %+v, asked for %v", len(msg.list), msg.state, runs.calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if msg := readPackets(ctx, runs, ask); msg != nil {
		t.Errorf("the console has ended, and is told %v", msg)
	}
}

func TestAFilterWaitsForWhatWasNotReadYet(t *testing.T) {
	runs := &captured{fake: fakePackets{list: traffic(10)}, come: make(chan []capture.Packet)}
	step := packetStep{filter: packetFilter{words: []string{"dns"}}, from: 11}
	answer := make(chan tea.Msg)
	go func() { answer <- lookPackets(t.Context(), runs, step) }()
	runs.come <- traffic(7)
	if msg := (<-answer).(packetHitsMsg); msg.next != 11 || msg.numbers != nil { // the console asks again
		t.Errorf("got %+v", msg)
	}
	runs.fake.ended, step.from = true, 18
	if msg := lookPackets(t.Context(), runs, step).(packetHitsMsg); msg.next != 18 {
		t.Errorf("got %+v", msg)
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
