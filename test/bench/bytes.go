//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	fileSize = 200 << 20
	fileCuts = 3
)

// arriving is a file that notes when its first and its last byte came.
type arriving struct {
	file        *os.File // not embedded: its other methods would not be noticed
	first, last time.Time
}

func (a *arriving) Write(p []byte) (int, error) {
	n, err := a.file.Write(p)
	if a.last = time.Now(); a.first.IsZero() {
		a.first = a.last
	}
	return n, err
}

// brought is how bytes came from another node.
type brought struct {
	took, api time.Duration
	flow      time.Duration // from the first byte to the last
	sum       string
}

// bytes measures what comes from another node: 200 MiB of noise that podtracer keeps there, and the same that a tool writes there, each
// once more over connections that are cut three times. kubectl exec brings it as a person would have it. What a tool writes is measured from
// its first byte to its last, and compared with that of kubectl: the helper is not what is measured here.
func (b *bench) bytes(ctx context.Context) error {
	return b.fromLaptop(ctx, func(ctx context.Context, l *laptop) error {
		make200 := fmt.Sprintf("chmod 0700 %[1]s && head -c %[2]d /dev/urandom >%[1]s/bench-large && exec sleep infinity", kept, fileSize)
		if err := l.pods(ctx, l.image, []string{"sh", "-c", make200}, map[string]string{"source": "node2"}); err != nil {
			return err
		}
		if err := l.kubectl(ctx, nil, "exec", "source", "--", "sh", "-c", fmt.Sprintf("until [ $(stat -c %%s %s/bench-large) = %d ]; do sleep 0.1; done", kept, fileSize)); err != nil {
			return err
		}
		var sum bytes.Buffer
		if err := l.kubectl(ctx, &sum, "exec", "source", "--", "sha256sum", kept+"/bench-large"); err != nil {
			return err
		}
		return l.bring(ctx, strings.Fields(sum.String())[0])
	})
}

// bring brings the file, of which the sum is known, in each of the ways in turn.
func (l *laptop) bring(ctx context.Context, sum string) error {
	ways := []struct {
		name  string
		cuts  int
		flows bool // only what comes is measured
		do    func(context.Context, string, *arriving) error
		all   []brought
	}{
		{name: "kubectl exec … cat", do: func(ctx context.Context, _ string, to *arriving) error {
			return l.kubectl(ctx, to, "exec", "source", "--", "cat", kept+"/bench-large")
		}},
		{name: "podtracer get", do: l.get},
		{name: "podtracer get, cut three times", cuts: fileCuts, do: l.get},
		{name: "podtracer run … -- cat", flows: true, do: l.stream},
		{name: "podtracer run … -- cat, cut three times", cuts: fileCuts, flows: true, do: l.stream},
	}
	for range l.long() {
		for i := range ways {
			one, err := l.one(ctx, ways[i].cuts, ways[i].do)
			if err != nil {
				return fmt.Errorf("%s: %w", ways[i].name, err)
			}
			ways[i].all = append(ways[i].all, one)
		}
	}
	fmt.Printf("200 MiB from another node (%d rounds)\n", l.long())
	for n, w := range ways {
		var times, cpu []time.Duration
		var ratios []float64
		for i, one := range w.all {
			switch kubectls := n == 0; {
			case one.sum == sum:
			case kubectls: // its last bytes are missing now and then, and its exit status is 0 nevertheless
				fmt.Printf("  kubectl did not bring all of it\n")
			default:
				return fmt.Errorf("%s brought something else: %s, not %s", w.name, one.sum, sum)
			}
			ours, theirs := one.took, ways[0].all[i].took
			if w.flows {
				ours, theirs = one.flow, ways[0].all[i].flow
			}
			times, cpu, ratios = append(times, ours), append(cpu, one.api), append(ratios, ratio(theirs, ours))
		}
		printTimes(w.name, times)
		fmt.Printf("  %-46s rate %.2f of kubectl's (%.2f to %.2f); CPU of the API server %s\n", "", median(ratios), slices.Min(ratios), slices.Max(ratios), ms(median(cpu)))
	}
	fmt.Printf("  the same SHA-256 each time; aim: at least 0.8 of the rate, also when cut\n\n")
	return nil
}

// one brings the bytes once.
func (l *laptop) one(ctx context.Context, cuts int, do func(context.Context, string, *arriving) error) (b brought, err error) {
	path := filepath.Join(l.dir, "large")
	defer os.Remove(path)
	file, err := os.Create(path)
	if err != nil {
		return b, err
	}
	defer file.Close()
	to := &arriving{file: file}
	kubeconfig := ""
	if cuts > 0 {
		proxy, err := newCutting(func(address string) (server string, err error) {
			kubeconfig, server, err = l.through(address)
			return server, err
		}, fileSize/int64(cuts+1), cuts)
		if err != nil {
			return b, err
		}
		defer func() {
			if left := proxy.close(); left > 0 && err == nil {
				err = fmt.Errorf("%d cuts did not come", left)
			}
		}()
	}
	began, used := time.Now(), l.apiCPU()
	if err := do(ctx, kubeconfig, to); err != nil {
		return b, err
	}
	b.took, b.api, b.flow = time.Since(began), l.apiCPU()-used, to.last.Sub(to.first)
	if b.sum, err = sumOf(path); b.sum == fmt.Sprintf("%x", sha256.Sum256(nil)) {
		err = errors.New("nothing came")
	}
	return b, err
}

func (l *laptop) get(ctx context.Context, kubeconfig string, to *arriving) error {
	return said(nil, l.podtracerWith(ctx, kubeconfig, "get", laptopNamespace+"/source:bench-large", to.file.Name(), "--overwrite"))
}

// stream runs a tool there whose output are these bytes. It needs a helper, which is made. A helper has files of its own, so the tool reads
// the pod's through /proc.
func (l *laptop) stream(ctx context.Context, kubeconfig string, to *arriving) error {
	args := append([]string{"run"}, l.helperFlags()...)
	cmd := l.podtracerWith(ctx, kubeconfig, append(args, "--pod", "source", "--max-size", "none", "--",
		"sh", "-c", "cat /proc/*/root"+kept+"/bench-large 2>/dev/null | head -c "+fmt.Sprint(fileSize))...)
	return said(to, cmd)
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}
