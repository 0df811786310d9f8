//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"
)

const (
	pingEvery = "0.01" // seconds: the pod always has a packet to show
	echo      = "ICMP echo"
)

// firstPacket measures from Enter in the form to the first packet on the screen, against a tcpdump started by hand.
func (b *bench) firstPacket(ctx context.Context) error {
	ping := exec.CommandContext(ctx, "nsenter", "-n", "-t", b.pid, "ping", "-q", "-i", pingEvery, b.peer)
	if err := ping.Start(); err != nil {
		return err
	}
	defer func() {
		_ = ping.Process.Kill()
		_ = ping.Wait()
	}()
	return b.compare("from Enter to the first packet on the screen", "podtracer, console on a terminal",
		"nsenter -n -t PID tcpdump -n -l --immediate-mode", "under 500 ms",
		func() (time.Duration, error) { return b.consoleFirstPacket(ctx) },
		func() (time.Duration, error) { return b.bareFirstPacket(ctx) })
}

func (b *bench) bareFirstPacket(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	cmd := exec.CommandContext(ctx, "nsenter", "-n", "-t", b.pid, "tcpdump", "-i", "eth0", "-n", "-l", "--immediate-mode", "icmp")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if !bufio.NewScanner(out).Scan() {
		return 0, errors.New("no packet came")
	}
	took := time.Since(begin)
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	return took, nil
}

func (b *bench) consoleFirstPacket(ctx context.Context) (time.Duration, error) {
	c, err := b.openConsole(ctx)
	if err != nil {
		return 0, err
	}
	defer c.close()
	if err := c.press("\t icmp", "icmp"); err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := c.start(); err != nil {
		return 0, err
	}
	err = c.until(echo)
	return time.Since(begin), err
}
