//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	smallPayload = 172  // bytes: a voice call over UDP, 20 ms in a packet
	largePayload = 1400 // the most that fits into a packet
	discard      = "9"  // the port, on which nobody listens
	batch        = 64   // datagrams for each system call
)

// flood is datagrams sent from one pod to another.
type flood struct {
	to      string
	rate    int // datagrams a second; 0: as many as possible
	payload int
	length  time.Duration
}

// send sends the flood from this process, and writes the number of datagrams to to.
func (f flood) send(ctx context.Context, to io.Writer) error {
	socket, err := net.Dial("udp4", f.to)
	if err != nil {
		return err
	}
	defer socket.Close()
	packets := ipv4.NewPacketConn(socket.(*net.UDPConn))
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, f.payload)}
	}
	sent, begin := 0, time.Now()
	for since := time.Duration(0); since < f.length && ctx.Err() == nil; since = time.Since(begin) {
		if f.rate > 0 && float64(sent+batch) > since.Seconds()*float64(f.rate) {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		n, err := packets.WriteBatch(messages, 0)
		switch {
		case err == nil:
			sent += n
		case errors.Is(err, unix.ECONNREFUSED): // about an earlier datagram: nobody listens, and the pod sometimes says so
		case errors.Is(err, unix.ENOBUFS):
		default:
			return err
		}
	}
	_, err = fmt.Fprintln(to, sent)
	return err
}

// flooded sends a flood from the other pod and returns the number of datagrams.
func (b *bench) flooded(ctx context.Context, f flood) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, "nsenter", "-n", "-t", b.senderPid, self, "-flood", net.JoinHostPort(b.target, discard),
		"-rate", strconv.Itoa(f.rate), "-payload", strconv.Itoa(f.payload), "-length", f.length.String())
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) } // the sender then writes the number of datagrams
	out, err := cmd.Output()
	if err != nil && (cmd.ProcessState == nil || !cmd.ProcessState.Success()) { // being stopped is not a failure
		return 0, fmt.Errorf("flood: %w", err)
	}
	var sent int64
	if _, err := fmt.Sscan(string(out), &sent); err != nil {
		return 0, fmt.Errorf("flood: it said %q: %w", out, err)
	}
	return sent, nil
}
