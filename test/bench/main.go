//go:build unix

// Bench measures podtracer against what a person would otherwise type, in pairs: one of each in turn, so that whatever else the
// machine does affects both. It prints medians, their ratio and the aim. It runs on a node of the test cluster (make bench), as
// root.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var b bench
	var f flood
	only := flag.String("run", "", "measure only what matches this expression: start, first, flood, rate, save, memory, lines, rest, pods; from a laptop: far, bytes, many")
	fromLaptop := flag.Bool("laptop", false, "measure what goes through helpers, on a machine that no pod of the cluster is on")
	flag.StringVar(&b.image, "image", "localhost/podtracer:test", "the image of helpers, which is on the nodes")
	flag.StringVar(&b.podtracer, "podtracer", "podtracer", "the program")
	flag.StringVar(&b.namespace, "n", "shop", "namespace of the pods")
	flag.StringVar(&b.pod, "pod", "client", "a pod of this node")
	flag.StringVar(&b.sender, "sender", "two", "another pod of this node, which floods the first one")
	flag.StringVar(&b.peer, "peer", "", "an address that the pod can ping")
	flag.StringVar(&b.target, "target", "", "the pod's address")
	flag.StringVar(&b.dir, "dir", os.TempDir(), "a directory with room for 5 GiB, which all users may enter")
	flag.IntVar(&b.pairs, "pairs", 20, "how many pairs; a quarter of them for measurements that take seconds")
	flag.DurationVar(&b.length, "length", 3*time.Second, "how long a flood lasts")
	flag.IntVar(&b.crowd, "crowd", 10_000, "how many pods to add to the cluster to measure pods")
	list := flag.Bool("list", false, "list all pods once, say how long it took, and measure nothing: for the bench itself")
	flag.StringVar(&f.to, "flood", "", "send datagrams to this address, and measure nothing: for the bench itself")
	flag.IntVar(&f.rate, "rate", 0, "with -flood: datagrams a second, 0 for as many as possible")
	flag.IntVar(&f.payload, "payload", smallPayload, "with -flood: bytes in each")
	flag.Parse()
	act := func() error { return b.run(ctx, *only, *fromLaptop) }
	if f.length = b.length; f.to != "" {
		act = func() error { return f.send(ctx, os.Stdout) }
	} else if *list {
		act = func() error { return bareList(ctx) }
	}
	if err := act(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	podtracer, image       string
	namespace, pod, sender string
	peer, target           string // addresses
	dir                    string
	pairs, crowd           int
	length                 time.Duration // of a flood
	pid, senderPid         string        // the process id of a process in each pod
}

func (b *bench) run(ctx context.Context, only string, laptop bool) (err error) {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if err := os.Chmod(b.dir, 0o711); err != nil { // a tcpdump that root starts writes as its own user
		return err
	}
	type measurement struct {
		name    string
		inPods  bool // the measurement needs a process in each pod
		measure func(context.Context) error
	}
	all := []measurement{
		{"start", true, b.start}, {"first", true, b.firstPacket}, {"flood", true, b.flood}, {"rate", true, b.rate},
		{"save", true, b.save}, {"memory", true, b.memory}, {"lines", false, b.lines}, {"rest", true, b.atRest},
		{"pods", false, b.pods},
	}
	if laptop {
		all = []measurement{{"far", false, b.far}, {"bytes", false, b.bytes}, {"many", false, b.many}}
	}
	for _, measurement := range all {
		if !chosen.MatchString(measurement.name) {
			continue
		}
		if measurement.inPods && b.pid == "" {
			if err := b.findProcesses(); err != nil {
				return err
			}
		}
		if err := measurement.measure(ctx); err != nil {
			return fmt.Errorf("measure %s: %w", measurement.name, err)
		}
	}
	return nil
}

// findProcesses finds a process in each pod.
func (b *bench) findProcesses() (err error) {
	if b.pid, err = b.findProcess(b.pod); err != nil {
		return err
	}
	b.senderPid, err = b.findProcess(b.sender)
	return err
}

// long is the number of pairs for measurements that take seconds.
func (b *bench) long() int { return max(1, b.pairs/4) }

// data is podtracer's data directory.
func (b *bench) data() string { return filepath.Join(b.dir, "data") }
