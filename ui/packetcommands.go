package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
)

const (
	packetPace   = 200 * time.Millisecond // between two answers about what has come
	packetStride = 2048                   // packets that a filter looks at in one step
	talkersPace  = 500 * time.Millisecond
)

// packetsAsk is which packets are asked for: the newest, or some numbers, in their order.
type packetsAsk struct {
	view    int
	run     tools.RunID
	newest  int
	numbers []int64
	await   bool // once the capture is not as it was seen
	seen    capture.State
}

func readPackets(ctx context.Context, runs Runs, ask packetsAsk) tea.Msg {
	msg := packetsMsg{ask: ask}
	if ask.await && ask.seen != (capture.State{}) {
		pause.For(ctx, packetPace)
		if msg.state, msg.err = runs.NextPackets(ctx, ask.run, ask.seen); errors.Is(msg.err, context.Canceled) {
			return nil
		} else if msg.err != nil {
			return msg
		}
	}
	if ask.newest > 0 {
		msg.list, msg.state, msg.err = runs.Packets(ctx, ask.run, 0, ask.newest)
		return msg
	}
	for numbers := ask.numbers; msg.err == nil && len(numbers) > 0; {
		n := 1
		for n < len(numbers) && numbers[n] == numbers[0]+int64(n) {
			n++
		}
		var some []capture.Packet
		some, _, msg.err = runs.Packets(ctx, ask.run, numbers[0], n)
		msg.list, numbers = append(msg.list, some...), numbers[n:]
	}
	if msg.err == nil {
		_, msg.state, msg.err = runs.Packets(ctx, ask.run, 1, 0)
	}
	return msg
}

// lookPackets looks at the next packets. Where they cannot be found yet it waits until more was read, and the console asks again.
func lookPackets(ctx context.Context, runs Runs, s packetStep) tea.Msg {
	list, state, err := runs.Packets(ctx, s.run, s.from, packetStride)
	msg := packetHitsMsg{step: s, next: s.from, err: err}
	for i := range list {
		if s.filter.takes(&list[i], s.names) {
			msg.numbers = append(msg.numbers, list[i].Number)
		}
		msg.next = list[i].Number + 1
	}
	if len(list) == 0 && err == nil && !state.Ended {
		if _, msg.err = runs.NextPackets(ctx, s.run, state); errors.Is(msg.err, context.Canceled) {
			return nil
		}
	}
	return msg
}

func readTalkers(ctx context.Context, runs Runs, view int, id tools.RunID, seen uint64) tea.Msg {
	if seen > 0 {
		pause.For(ctx, talkersPace)
	}
	c, version, err := runs.Conversations(ctx, id, seen)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return talkersMsg{view, c, version, err}
}
