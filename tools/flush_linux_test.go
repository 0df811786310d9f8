package tools

import (
	"context"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/launch"
)

// A run asks tcpdump to flush once a second while nothing comes. This test asks all the time, under a flood: a tcpdump that was
// signalled at any moment, even during a write, broke its stream after about a thousand packets.
func TestWhatTcpdumpHoldsBackIsNeverAskedForInTheMidstOfAPacket(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Text, r.Packets = false, true })
	run, err := n.Runs.run(id)
	if err != nil {
		t.Fatal(err)
	}
	flooding, stop := context.WithCancel(t.Context())
	asked := make(chan int)
	go func() { // ended by stop
		times := 0
		for {
			select {
			case run.ask <- launch.WishFlush:
				times++
			case <-flooding.Done():
				asked <- times
				return
			}
		}
	}()
	s.flood(t, 3*time.Second, 100)
	stop()
	times := <-asked
	state := n.stopAndWait(t, id)
	saved := n.save(t, id, "x.pcap")
	dropped := state.Counters.Dropped()
	if state.Exit.Killed || times == 0 || uint64(saved.Packets)+dropped != s.sent {
		t.Errorf("asked to flush %d times; %d packets were sent, %d dropped, %d saved: %+v", times, s.sent, dropped, saved.Packets, state)
	}
	t.Logf("asked to flush %d times; %d packets were sent, %d dropped", times, s.sent, dropped)
	if dropped == 0 {
		expectNumbers(t, numbers(t, saved.Path), 0, s.sent)
	}
}
