// Bench measures podtracer against what a person would otherwise type, in pairs: one of each in turn, so that whatever else
// the machine does meets both. It prints medians, their ratio and their difference. It runs on a node of the test cluster
// (make bench), as root.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.podtracer, "podtracer", "podtracer", "the program")
	flag.StringVar(&b.namespace, "n", "shop", "namespace of the pod")
	flag.StringVar(&b.pod, "pod", "client", "a pod of this node")
	flag.StringVar(&b.peer, "peer", "", "an address that the pod can ping")
	flag.IntVar(&b.pairs, "pairs", 20, "how many pairs")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	podtracer, namespace, pod, peer string
	pairs                           int
	pid                             string // of a process in the pod
}

func (b *bench) run() (err error) {
	if b.pid, err = b.findProcess(); err != nil {
		return err
	}
	for _, measure := range []func() error{b.start, b.firstPacket} {
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

// compare takes turns between ours and theirs and prints how they compare.
func (b *bench) compare(title, oursName, theirsName, aim string, ours, theirs func() (time.Duration, error)) error {
	var a, z []time.Duration
	for i := range b.pairs + 1 {
		x, err := ours()
		if err != nil {
			return fmt.Errorf("%s: %w", oursName, err)
		}
		y, err := theirs()
		if err != nil {
			return fmt.Errorf("%s: %w", theirsName, err)
		}
		if i > 0 { // the first pair only warms caches up
			a, z = append(a, x), append(z, y)
		}
	}
	x, y := median(a), median(z)
	fmt.Printf("%s (%d pairs)\n", title, b.pairs)
	fmt.Printf("  %-44s median %s  (%s to %s)\n", oursName, ms(x), ms(slices.Min(a)), ms(slices.Max(a)))
	fmt.Printf("  %-44s median %s  (%s to %s)\n", theirsName, ms(y), ms(slices.Min(z)), ms(slices.Max(z)))
	fmt.Printf("  ratio %.2f, difference %s; aim: %s\n\n", float64(x)/float64(y), ms(x-y), aim)
	return nil
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
