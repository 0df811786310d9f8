//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const spoolSize = 1 << 30

// save measures saving a capture of 1 GiB, including reading it back, against copying it and computing its checksum. The capture
// is one that a killed podtracer has left.
func (b *bench) save(ctx context.Context) error {
	defer os.RemoveAll(b.data())
	spool, err := b.leaveRun()
	if err != nil {
		return err
	}
	var pcap, pcapng, theirs, end []time.Duration
	for range b.long() {
		for _, m := range []struct {
			times   *[]time.Duration
			measure func() (time.Duration, error)
		}{
			{&pcap, func() (time.Duration, error) { return b.saveRun(ctx, "saved.pcap") }},
			{&pcapng, func() (time.Duration, error) { return b.saveRun(ctx, "saved.pcapng") }},
			{&end, func() (time.Duration, error) { return b.saveAtEnd(ctx, spool) }},
			{&theirs, func() (time.Duration, error) { return b.copySum(ctx, spool) }},
		} {
			took, err := m.measure()
			if err != nil {
				return err
			}
			*m.times = append(*m.times, took)
		}
	}
	fmt.Printf("saving 1 GiB (%d rounds)\n", b.long())
	printTimes("podtracer runs save ID X.pcap", pcap)
	printTimes("podtracer runs save ID X.pcapng", pcapng)
	printTimes("podtracer run -f X.pcap, from the tool's end", end)
	printTimes("cp F G && sha256sum G", theirs)
	z := median(theirs)
	fmt.Printf("  speed: pcap %.2f, pcapng %.2f, at the end of a run %.2f of theirs; aim: at least 0.5\n\n",
		ratio(z, median(pcap)), ratio(z, median(pcapng)), ratio(z, median(end)))
	return nil
}

const session = "b2nch" // the session of the run; the run is its first

// leaveRun makes what a killed podtracer leaves: a capture and its label.
func (b *bench) leaveRun() (spool string, err error) {
	dir := filepath.Join(b.data(), "sessions", session)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	label, err := json.Marshal(map[string]any{
		"Namespace": b.namespace, "Pod": b.pod, "UID": "0", "Node": "node1", "Argv": []string{"tcpdump", "-w", "-"},
		"Created": time.Now(), "Capture": true,
	})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "1.json"), label, 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "podtracer-session"), nil, 0o600); err != nil {
		return "", err
	}
	spool = filepath.Join(dir, "1.spool")
	return spool, writePackets(spool, spoolSize)
}

func (b *bench) saveRun(ctx context.Context, name string) (time.Duration, error) {
	file := filepath.Join(b.dir, name)
	defer os.Remove(file)
	unix.Sync()
	began := time.Now()
	err := exec.CommandContext(ctx, b.podtracer, "runs", "save", session+"-1", file).Run()
	took := time.Since(began)
	const lost = 74 // of what a killed podtracer has left, the end is not known
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != lost {
		return 0, fmt.Errorf("runs save ends with %w, and not with status %d", err, lost)
	}
	return took, nil
}

func (b *bench) copySum(ctx context.Context, spool string) (time.Duration, error) {
	file := filepath.Join(b.dir, "copy")
	defer os.Remove(file)
	unix.Sync()
	return timed(ctx, "sh", "-c", `cp "$0" "$1" && sha256sum "$1"`, spool, file)
}

// saveAtEnd runs a tcpdump that replays the capture and ends, and measures from the end of tcpdump to the end of podtracer.
func (b *bench) saveAtEnd(ctx context.Context, spool string) (time.Duration, error) {
	file, reportFile := filepath.Join(b.dir, "end.pcap"), filepath.Join(b.dir, "report.json")
	defer os.Remove(file)
	defer os.Remove(reportFile)
	unix.Sync()
	cmd := exec.CommandContext(ctx, b.podtracer, "run", "-n", b.namespace, "--pod", b.pod, "--report", reportFile, "-f", file, "--",
		"tcpdump", "-r", spool, "-w", "-")
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	ended := time.Now()
	r, err := readReport(reportFile)
	return ended.Sub(r.Ended), err
}
