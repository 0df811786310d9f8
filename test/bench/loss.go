//go:build unix

package main

import (
	"context"
	"fmt"
	"time"
)

// way is a way to capture.
type way struct {
	name    string
	capture func(context.Context, flood) (sample, error)
	samples []sample
}

func (b *bench) ways() (headless, console, bare *way) {
	return &way{name: "podtracer run -f X.pcap -- tcpdump -w -", capture: b.headlessCapture},
		&way{name: "podtracer, console showing the text", capture: b.consoleCapture},
		&way{name: "nsenter -n -t PID tcpdump -w FILE", capture: b.bareCapture}
}

// inTurn captures the flood with each way in turn, as often as there are pairs.
func (b *bench) inTurn(ctx context.Context, f flood, ways ...*way) error {
	for range b.long() {
		for _, w := range ways {
			s, err := w.capture(ctx, f)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			w.samples = append(w.samples, s)
		}
	}
	return nil
}

func (w *way) sent() int64 { return medianOf(w.samples, func(s sample) int64 { return s.sent }) }
func (w *way) captured() int64 {
	return medianOf(w.samples, func(s sample) int64 { return s.captured })
}
func (w *way) share() float64 { return medianOf(w.samples, sample.share) }
func (w *way) cpu() time.Duration {
	return medianOf(w.samples, func(s sample) time.Duration { return s.cpu })
}

func (w *way) print() {
	fmt.Printf("  %-46s sent %8d, captured %8d (%.4f of them), CPU %s\n", w.name, w.sent(), w.captured(), w.share(), ms(w.cpu()))
}

// printLost prints what each capture lost: what counts here is the exception.
func (w *way) printLost() {
	fmt.Printf("  %-46s lost:", "")
	for _, s := range w.samples {
		fmt.Printf(" %d (the kernel dropped %d)", s.sent-s.captured, s.dropped)
	}
	fmt.Println()
}

// flood measures how many packets are captured, and what podtracer's own process uses, while another pod sends small packets as
// fast as this machine can. Sender and receiver share the machine's cores.
func (b *bench) flood(ctx context.Context) error {
	headless, console, bare := b.ways()
	f := flood{payload: smallPayload, length: b.length}
	if err := b.inTurn(ctx, f, headless, console, bare); err != nil {
		return err
	}
	fmt.Printf("flood of %d-byte datagrams, as fast as they go, %s (%d rounds)\n", smallPayload, b.length, b.long())
	for _, w := range []*way{headless, console, bare} {
		w.print()
	}
	fmt.Printf("  packets: headless %.3f, console %.3f of tcpdump's; aim: at least 0.98\n",
		ratio(headless.captured(), bare.captured()), ratio(console.captured(), bare.captured()))
	fmt.Printf("  of what was sent: headless %.4f, console %.4f of tcpdump's\n",
		ratio(headless.share(), bare.share()), ratio(console.share(), bare.share()))
	fmt.Printf("  CPU: headless %.3f of tcpdump's; aim: at most 0.25, better 0.10\n", ratio(headless.cpu(), bare.cpu()))
	fmt.Printf("  CPU: console %.3f of tcpdump's; aim: at most 0.5\n\n", ratio(console.cpu(), bare.cpu()))
	return nil
}

// rate measures the loss at the highest rate at which a tcpdump started by hand loses nothing.
func (b *bench) rate(ctx context.Context) error {
	rate, err := b.losslessRate(ctx)
	if err != nil {
		return err
	}
	headless, _, bare := b.ways()
	if err := b.inTurn(ctx, flood{payload: smallPayload, length: b.length, rate: rate}, headless, bare); err != nil {
		return err
	}
	name := fmt.Sprintf("%d datagrams a second", rate)
	if rate == 0 {
		name = "as many datagrams as it can, since tcpdump loses none of them"
	}
	fmt.Printf("flood of %s (%d pairs)\n", name, b.long())
	for _, w := range []*way{headless, bare} {
		w.print()
		w.printLost()
	}
	complete := 0
	for _, s := range headless.samples {
		if s.complete {
			complete++
		} else {
			fmt.Printf("  verdict: %s\n", s.verdict)
		}
	}
	fmt.Printf("  verdict: complete %d times of %d\n", complete, b.long())
	fmt.Printf("  aim: none lost, verdict complete\n\n")
	return nil
}

// losslessRate finds by halving the highest rate at which a bare tcpdump loses nothing. 0 is as many datagrams as the machine
// can send.
func (b *bench) losslessRate(ctx context.Context) (int, error) {
	const steps, length = 5, 2 * time.Second
	f := flood{payload: smallPayload, length: length}
	first, err := b.bareCapture(ctx, f)
	if err != nil || first.lossless() {
		return 0, err
	}
	good, bad := 0, int(float64(first.sent)/length.Seconds())
	for range steps {
		f.rate = (good + bad) / 2
		s, err := b.bareCapture(ctx, f)
		if err != nil {
			return 0, err
		}
		if s.lossless() {
			good = f.rate
		} else {
			bad = f.rate
		}
	}
	if good == 0 {
		return 0, fmt.Errorf("tcpdump loses packets even at %d a second", bad)
	}
	return good, nil
}

func (s sample) lossless() bool { return s.dropped == 0 && s.captured == s.sent }
