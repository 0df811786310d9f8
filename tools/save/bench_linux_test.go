package save

import (
	"bufio"
	"encoding/binary"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
)

// BenchmarkSave compares saving one capture of 512 MiB with saving the same packets as a set of two. CPU is that of the whole process,
// which other load on the machine hardly changes.
func BenchmarkSave(b *testing.B) {
	const size = 512 << 20
	for name, packet := range map[string]int{"small": 100, "usual": 760} {
		dir := b.TempDir()
		one, first, second := filepath.Join(dir, "one"), filepath.Join(dir, "first"), filepath.Join(dir, "second")
		writeTurns(b, packet, size, one)
		writeTurns(b, packet, size, first, second)
		saved := filepath.Join(dir, "x.pcapng")
		to := Target{Path: saved, Overwrite: true}
		b.Run(name+"/one", func(b *testing.B) {
			b.SetBytes(size)
			defer reportCPU(b, cpuTime(b))
			for b.Loop() {
				if _, err := recordingOf(b, one).Save(b.Context(), to); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/set", func(b *testing.B) {
			b.SetBytes(size)
			defer reportCPU(b, cpuTime(b))
			for b.Loop() {
				set := Set{Recordings: []Recording{recordingOf(b, first), recordingOf(b, second)}}
				if _, err := set.Save(b.Context(), to); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// cpuTime is the CPU time that this process has taken.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func reportCPU(b *testing.B, before time.Duration) {
	b.ReportMetric((cpuTime(b)-before).Seconds()/float64(b.N), "CPU-s/op")
}

// recordingOf is a capture in a file, which is closed when the benchmark ends.
func recordingOf(b *testing.B, path string) Recording {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	r := Recording{Record: report.Record{Capture: true, Over: true, Argv: []string{"tcpdump"}}}
	r.Content.Add(f, 0, info.Size())
	return r
}

// writeTurns writes packets to files in turns, a microsecond after each other.
func writeTurns(b *testing.B, packet, size int, paths ...string) {
	b.Helper()
	var files []*bufio.Writer
	for _, path := range paths {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		w := bufio.NewWriterSize(f, 1<<20)
		files = append(files, w)
		_, _ = w.Write(pcaptest.Stream(0))
	}
	record := pcaptest.Packet(uint32(packet), packet)
	for i := range size / len(record) {
		binary.LittleEndian.PutUint32(record, uint32(i/1e6))
		binary.LittleEndian.PutUint32(record[4:], uint32(i%1e6))
		_, _ = files[i%len(files)].Write(record)
	}
	for _, w := range files {
		if err := w.Flush(); err != nil { // the first error of a Write, too
			b.Fatal(err)
		}
	}
}
