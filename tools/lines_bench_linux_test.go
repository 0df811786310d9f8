package tools

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkAToolPrintsAMillionLines measures the whole path: a tool on a terminal, the spool, the lines.
func BenchmarkAToolPrintsAMillionLines(b *testing.B) {
	for name, argv := range map[string][]string{
		"seq": {"seq", "1000000"},
		"yes": {"sh", "-c", "yes 12:04:20.118243 IP 10.244.1.17.41822 '>' 10.96.0.10.53: A? payments.shop.svc.cluster.local. | head -n 1000000"},
	} {
		b.Run(name, func(b *testing.B) {
			n := newNode(b)
			before := cpu()
			for b.Loop() {
				id, err := n.Start(Request{Pod: shop, Argv: argv, Text: true})
				if err != nil {
					b.Fatal(err)
				}
				if state, err := n.Wait(b.Context(), id); err != nil || state.Lines != 1e6 {
					b.Fatal(strconv.FormatUint(state.Lines, 10), err)
				}
			}
			b.ReportMetric(float64(b.N)*1e6/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric((cpu()-before).Seconds()/float64(b.N), "cpu-s/op")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
		})
	}
}

// cpu returns the CPU time that this process has used, without its children.
func cpu() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // never fails
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
