package text

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"

	"github.com/fennec-project/podtracer/internal/owndir/owndirtest"
)

// someText is text with lines as ss and tcpdump write them.
func someText(lines int) []byte {
	var b bytes.Buffer
	for i := range lines {
		fmt.Fprintf(&b, "12:04:20.%06d IP 10.244.1.17.41822 > 10.96.0.10.53: %d+ A? payments.shop.svc.cluster.local. (49)\n", i%1000000, i)
	}
	return b.Bytes()
}

func BenchmarkLinesAreTakenIn(b *testing.B) {
	const each = 300 // lines per read
	piece := someText(each)
	l := Text{log: log{dir: owndirtest.Make(b, b.TempDir())}}
	defer l.log.close()
	w := l.Writer(false)
	b.SetBytes(int64(len(piece)))
	for b.Loop() {
		_, _ = w.Write(piece)
	}
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), "lines/s")
}

// aMillion is a text of a million lines.
func aMillion(b *testing.B) *Text {
	l := &Text{log: log{dir: owndirtest.Make(b, b.TempDir())}}
	b.Cleanup(func() { _ = l.log.close() })
	w := l.Writer(false)
	piece := someText(1000)
	for range 1000 {
		_, _ = w.Write(piece)
	}
	return l
}

func BenchmarkAScreenIsRead(b *testing.B) {
	l := aMillion(b)
	i := uint64(0)
	for b.Loop() {
		from := 1 + i*7919%999_000
		if got, err := l.log.lines(from, from+99); err != nil || len(got) != 100 {
			b.Fatal(len(got), err)
		}
		i++
	}
}

func BenchmarkAMillionLinesAreSearched(b *testing.B) {
	l := aMillion(b)
	for name, f := range map[string]Filter{
		"a word":              {Find: regexp.MustCompile("nosuchword")},
		"a word in any case":  {Find: regexp.MustCompile("(?i)nosuchword")},
		"a word, and another": {Include: regexp.MustCompile("payments"), Find: regexp.MustCompile(`\b999\+`)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for from := uint64(1); ; {
					hits, err := l.log.search(b.Context(), f, from, false, 1000)
					if err != nil {
						b.Fatal(err)
					}
					if from = hits.Next; hits.End {
						break
					}
				}
			}
		})
	}
}
