//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// memory measures what podtracer's own process uses while it shows a capture that grows as fast as this machine can, up to the
// default limit of 1 GiB.
func (b *bench) memory(ctx context.Context) error {
	defer os.RemoveAll(b.data())
	c, spool, err := b.consoleTcpdump(ctx, "-i eth0 -s 0 "+filter)
	if err != nil {
		return err
	}
	defer c.close()
	const longest = time.Minute
	flooding, stop := context.WithCancel(ctx)
	sent, ended := int64(0), make(chan error, 1)
	begin := time.Now()
	go func() { // ends with the flood
		n, err := b.flooded(flooding, flood{payload: largePayload, length: longest})
		sent = n
		ended <- err
	}()
	rss, err := b.untilFull(c.Pid(), spool)
	took := time.Since(begin)
	stop()
	if floodErr := <-ended; err == nil {
		err = floodErr
	}
	if err != nil {
		return err
	}
	last, err := memoryOf(c.Pid(), "VmHWM", "RssAnon", "RssFile")
	if err != nil {
		return err
	}
	info, err := os.Stat(spool)
	if err != nil {
		return err
	}
	packets, err := countPackets(spool)
	if err != nil {
		return err
	}
	fmt.Printf("memory of podtracer's console, a capture of %s on it (%d of %d packets, %.0f s)\n", mib(info.Size()), packets, sent, took.Seconds())
	fmt.Printf("  VmRSS median %s, peak %s; at the end anonymous %s, of files %s; aim: under 100 MiB\n\n",
		mib(median(rss)), mib(last["VmHWM"]), mib(last["RssAnon"]), mib(last["RssFile"]))
	return nil
}

// untilFull samples the memory of a process until its spool has stopped growing.
func (b *bench) untilFull(pid int, spool string) (rss []int64, err error) {
	const every, still, start = 100 * time.Millisecond, 2 * time.Second, 1 << 20
	var size int64
	for grew := time.Now(); time.Since(grew) < still; time.Sleep(every) {
		m, err := memoryOf(pid, "VmRSS")
		if err != nil {
			return nil, err
		}
		rss = append(rss, m["VmRSS"])
		info, err := os.Stat(spool)
		if err != nil {
			return nil, err
		}
		if info.Size() > size || size < start {
			size, grew = info.Size(), time.Now()
		}
		if len(rss) > int(time.Minute/every) {
			break
		}
	}
	return rss, nil
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
