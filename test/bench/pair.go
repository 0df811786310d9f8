//go:build unix

package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// compare runs ours and theirs in turn, and prints how they compare.
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
		if i > 0 { // the first pair only warms up caches
			a, z = append(a, x), append(z, y)
		}
	}
	x, y := median(a), median(z)
	fmt.Printf("%s (%d pairs)\n", title, b.pairs)
	printTimes(oursName, a)
	printTimes(theirsName, z)
	fmt.Printf("  ratio %.2f, difference %s; aim: %s\n\n", ratio(x, y), ms(x-y), aim)
	return nil
}

func printTimes(name string, d []time.Duration) {
	fmt.Printf("  %-46s median %s  (%s to %s)\n", name, ms(median(d)), ms(slices.Min(d)), ms(slices.Max(d)))
}

type number interface{ ~int64 | ~float64 }

func median[T number](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func ratio[T number](ours, theirs T) float64 { return float64(ours) / float64(cmp.Or(theirs, 1)) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// medianOf is the median of a value of all samples.
func medianOf[S any, T number](samples []S, of func(S) T) T {
	values := make([]T, 0, len(samples))
	for _, s := range samples {
		values = append(values, of(s))
	}
	return median(values)
}
