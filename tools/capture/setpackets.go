package capture

import (
	"context"
	"fmt"
	"slices"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// Packets returns up to n packets from the number first on; if first is 0, the newest n. It does not wait. Packets that have left the
// ring of their capture are left out.
//
// Errors: a spool or the order cannot be read, or written.
func (s *Set) Packets(first int64, n int) ([]Packet, State, error) {
	state, _ := s.changed.Get()
	if first == 0 {
		first = max(state.First, state.Last-int64(n)+1)
	}
	first = max(first, state.First)
	places, first, err := s.order.read(first, min(state.Last, first+int64(n)-1))
	if err != nil {
		return nil, state, err
	}
	out, err := s.gather(first, places)
	if err == nil {
		err = s.failed()
	}
	return out, state, err
}

// gather reads the packets at some places, of which the first has the number first.
func (s *Set) gather(first int64, places []place) (out []Packet, err error) {
	for from, x := range s.indexes() {
		var numbers, inSet []int64 // of its packets, in ascending order
		for i, p := range places {
			if p.from == from {
				numbers, inSet = append(numbers, p.number), append(inSet, first+int64(i))
			}
		}
		for len(numbers) > 0 {
			run := 1
			for run < len(numbers) && numbers[run] == numbers[0]+int64(run) {
				run++
			}
			err := x.walk(numbers[0], numbers[run-1], func(h pcap.Header, number int64, raw []byte) {
				p := x.summary(h, number, raw)
				p.Number, p.From = inSet[number-numbers[0]], from
				out = append(out, p)
			})
			if err != nil {
				return out, err
			}
			numbers, inSet = numbers[run:], inSet[run:]
		}
	}
	slices.SortFunc(out, func(a, b Packet) int { return int(a.Number - b.Number) })
	return out, nil
}

// Packet dissects a packet.
//
// Errors: ErrNoPacket; a spool or the order cannot be read.
func (s *Set) Packet(number int64) (Decoded, error) {
	places, _, err := s.order.read(number, number)
	if err != nil {
		return Decoded{}, err
	}
	if len(places) == 0 {
		return Decoded{}, fmt.Errorf("packet %d: %w", number, ErrNoPacket)
	}
	at := places[0]
	out, err := s.indexes()[at.from].Packet(at.number)
	out.Number, out.From = number, at.from
	return out, err
}

// Conversations waits until more has got numbers than the version seen covers, and returns the conversations of all captures, each
// capture's by themselves: a packet between two of them is in both. After the end of the captures it waits until ctx ends.
func (s *Set) Conversations(ctx context.Context, seen uint64) (Conversations, uint64, error) {
	state, version, err := s.changed.Next(ctx, seen)
	if err != nil {
		return Conversations{}, seen, err
	}
	all := Conversations{State: state}
	for from, x := range s.indexes() {
		x.mu.Lock()
		c := x.conversations()
		x.mu.Unlock()
		for i := range c.List {
			c.List[i].From = from
		}
		all.List = append(all.List, c.List...)
		all.Others.Packets += c.Others.Packets
		all.Others.Bytes += c.Others.Bytes
		all.Full = all.Full || c.Full
	}
	return all, version, nil
}

// Next waits until the state of the set differs from seen, and returns it. After the end of the captures it waits until ctx ends.
//
// Errors: the error of ctx.
func (s *Set) Next(ctx context.Context, seen State) (State, error) {
	for {
		now, version := s.changed.Get()
		if now != seen {
			return now, nil
		}
		if _, _, err := s.changed.Next(ctx, version); err != nil {
			return seen, err
		}
	}
}
