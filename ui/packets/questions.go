package packets

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/internal/pause"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/ui/line"
)

// Captures are what is looked at: the packets of runs, and of sets of runs.
type Captures interface {
	// NextPackets waits until a capture differs from the state that was seen.
	NextPackets(ctx context.Context, id tools.TextID, seen capture.State) (capture.State, error)
	// Packets returns up to n packets from a number on, without those that cannot be found yet; with first 0, the newest.
	Packets(ctx context.Context, id tools.TextID, first int64, n int) ([]capture.Packet, capture.State, error)
	// Packet is a packet with its layers and fields.
	Packet(ctx context.Context, id tools.TextID, number int64) (capture.Decoded, error)
	// Conversations waits until the conversations differ from what was seen.
	Conversations(ctx context.Context, id tools.TextID, seen uint64) (capture.Conversations, uint64, error)
}

// Questions are how the table and the conversations ask the world. They do not wait for an answer: it comes as a message.
type Questions struct {
	packets func(packetsAsk) tea.Cmd
	packet  func(view int, id tools.TextID, number int64) tea.Cmd
	find    func(packetStep) tea.Cmd
	talkers func(view int, id tools.TextID, seen uint64) tea.Cmd
}

// NewQuestions are questions until ctx ends. News of a capture comes once per pace. News of conversations comes half as often:
// that may be many rows, which have to be sorted again.
func NewQuestions(ctx context.Context, from Captures, pace time.Duration) Questions {
	return Questions{
		packets: func(ask packetsAsk) tea.Cmd {
			return func() tea.Msg { return unlessEnded(readPackets(ctx, from, ask, pace)) }
		},
		packet: func(view int, id tools.TextID, number int64) tea.Cmd {
			return func() tea.Msg {
				decoded, err := from.Packet(ctx, id, number)
				return packetMsg{forPackets{view, err}, number, decoded}
			}
		},
		find: func(s packetStep) tea.Cmd {
			return func() tea.Msg { return unlessEnded(findPackets(ctx, from, s)) }
		},
		talkers: func(view int, id tools.TextID, seen uint64) tea.Cmd {
			return func() tea.Msg {
				if seen > 0 {
					pause.For(ctx, 2*pace)
				}
				c, version, err := from.Conversations(ctx, id, seen)
				return unlessEnded(talkersMsg{forPackets{view, err}, c, version})
			}
		},
	}
}

// unlessEnded is an answer as a message; once the console ends there is none.
func unlessEnded(a Answer) tea.Msg {
	if _, err := a.asked(); errors.Is(err, context.Canceled) {
		return nil
	}
	return a
}

// Answer is the message that answers a question. It is for the table or the conversations that asked, as they were shown then:
// the Take method of any other throws it away.
type Answer interface {
	asked() (view int, err error)
}

// forPackets is the part of an answer that says whom it is for, and what went wrong.
type forPackets struct {
	view int
	err  error
}

func (f forPackets) asked() (int, error) { return f.view, f.err }

type (
	packetsMsg struct {
		forPackets
		ask   packetsAsk
		list  []capture.Packet // without those that cannot be found
		state capture.State
	}
	packetMsg struct {
		forPackets
		number  int64
		decoded capture.Decoded
	}
	foundMsg struct {
		forPackets
		step    packetStep
		numbers []int64
		next    int64 // number of the packet to continue from
	}
	talkersMsg struct {
		forPackets
		talkers capture.Conversations
		version uint64
	}
)

// packetsAsk says which packets are asked for: the newest, or some numbers, in order.
type packetsAsk struct {
	view    int
	run     tools.TextID
	newest  int
	numbers []int64
	await   bool // once the capture has changed
	seen    capture.State
}

func readPackets(ctx context.Context, from Captures, ask packetsAsk, pace time.Duration) packetsMsg {
	msg := packetsMsg{forPackets: forPackets{view: ask.view}, ask: ask}
	if ask.await && ask.seen != (capture.State{}) {
		pause.For(ctx, pace)
		if msg.state, msg.err = from.NextPackets(ctx, ask.run, ask.seen); msg.err != nil {
			return msg
		}
	}
	if ask.newest > 0 {
		msg.list, msg.state, msg.err = from.Packets(ctx, ask.run, 0, ask.newest)
		return msg
	}
	for numbers := ask.numbers; msg.err == nil && len(numbers) > 0; {
		n := 1
		for n < len(numbers) && numbers[n] == numbers[0]+int64(n) {
			n++
		}
		var some []capture.Packet
		some, _, msg.err = from.Packets(ctx, ask.run, numbers[0], n)
		msg.list, numbers = append(msg.list, some...), numbers[n:]
	}
	if msg.err == nil {
		_, msg.state, msg.err = from.Packets(ctx, ask.run, 1, 0)
	}
	return msg
}

// packetStep is one step of the search for the packets that match a filter.
type packetStep struct {
	view   int
	id     int // of the filter
	run    tools.TextID
	filter packetFilter
	names  line.Names
	pods   []string // of a set, by capture
	from   int64
}

const packetStride = 2048 // packets that a filter looks at in one step

// findPackets searches the next packets. Where they cannot be found yet, it waits until more has been read, and the console asks
// again.
func findPackets(ctx context.Context, from Captures, s packetStep) foundMsg {
	list, state, err := from.Packets(ctx, s.run, s.from, packetStride)
	msg := foundMsg{forPackets: forPackets{s.view, err}, step: s, next: s.from}
	for i := range list {
		if s.filter.takes(&list[i], s.names, podOf(s.pods, list[i].From)) {
			msg.numbers = append(msg.numbers, list[i].Number)
		}
		msg.next = list[i].Number + 1
	}
	if len(list) == 0 && err == nil && !state.Ended {
		_, msg.err = from.NextPackets(ctx, s.run, state)
	}
	return msg
}
