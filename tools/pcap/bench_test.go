package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func BenchmarkWritePacket(b *testing.B) {
	for _, size := range []int{64, 200, 1500} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			w := must(NewNGWriter(io.Discard, Section{}))(b)
			must(w.AddInterface(Interface{LinkType: 1, Nanos: true}))(b)
			h, p := Header{Order: binary.LittleEndian, LinkType: 1}, record(binary.LittleEndian, 1, 2, 3, strings.Repeat("a", size))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if err := w.WritePacket(0, h, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNGReader(b *testing.B) {
	o := binary.LittleEndian
	file := slices.Concat(ngSection(o), ngInterface(o), bytes.Repeat(ngBlock(o, 6, words(o, 0, 0, 0, 64, 64), make([]byte, 64)), 1000))
	b.ReportAllocs()
	for b.Loop() {
		r := must(NewNGReader(bytes.NewReader(file)))(b)
		for range 1000 {
			if _, err := r.Next(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "packets/s")
}
