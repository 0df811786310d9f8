package tools

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// floodPort is the UDP port that a flood is sent to. Nobody listens there.
const floodPort = 9

// sender sends numbered datagrams from a pod to cart.
type sender struct {
	conn net.Conn
	sent uint64
}

func newSender(t *testing.T, n *node, from k8s.Pod) *sender {
	t.Helper()
	netns, err := n.demo.Find(t.Context(), ns.Pod{UID: from.UID})
	if err != nil {
		t.Fatal(err)
	}
	defer netns.Close()
	s := &sender{}
	err = netns.Do(func() (err error) {
		s.conn, err = net.Dial("udp", net.JoinHostPort(cartAddr.String(), strconv.Itoa(floodPort)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.conn.Close() })
	return s
}

// send sends count datagrams of size bytes. A datagram that the kernel refuses because nobody listens is sent again.
func (s *sender) send(t *testing.T, count, size int) {
	t.Helper()
	payload := bytes.Repeat([]byte("secret.."), size/8+1)[:size]
	for range count {
		binary.BigEndian.PutUint64(payload, s.sent)
		for {
			if _, err := s.conn.Write(payload); err == nil {
				break
			} else if !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
		}
		s.sent++
	}
}

// flood sends datagrams as fast as it can for the duration d.
func (s *sender) flood(t *testing.T, d time.Duration, size int) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.send(t, 100, size)
	}
}

// heads are options that cut packets short: a packet takes as much room in the kernel's buffer as the largest one may have, and of whole ones so
// few fit that a busy machine drops some of a burst.
var heads = []string{"-s", "256"}

// captureFlood starts a capture of a sender's datagrams and waits until it listens.
func (n *node) captureFlood(t *testing.T, change func(*Request), options ...string) RunID {
	t.Helper()
	needTools(t, "tcpdump")
	filter := []string{"udp", "and", "dst", "port", strconv.Itoa(floodPort)}
	r := Request{Pod: cart, Argv: append(append([]string{"tcpdump", "-i", "eth0", "-n", "-q"}, options...), filter...), Text: true}
	if change != nil {
		change(&r)
	}
	id := n.start(t, r)
	n.until(t, id, "listening", func(s State) bool { return s.Device != "" })
	return id
}

// toolOf returns the process ID of a run's tool, found by its arguments.
func toolOf(t *testing.T, argv []string) int {
	t.Helper()
	pid := 0
	eventually.Nil(t, patience, func() error {
		for _, file := range globbed("/proc/[0-9]*/cmdline") {
			if line, err := os.ReadFile(file); err == nil && string(line) == strings.Join(argv, "\x00")+"\x00" {
				if pid, _ = strconv.Atoi(strings.Split(file, "/")[2]); isOurs(pid) {
					return nil
				}
			}
		}
		return fmt.Errorf("no process runs %s", command.Join(argv))
	})
	return pid
}

// isOurs says whether a process is a descendant of this one, and not of a test that runs at the same time.
func isOurs(pid int) bool {
	for pid > 1 && pid != os.Getpid() {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // empty if the process has ended
		_, parent, _ := strings.Cut(string(status), "\nPPid:\t")
		parent, _, _ = strings.Cut(parent, "\n")
		pid, _ = strconv.Atoi(parent)
	}
	return pid == os.Getpid()
}

// stopped runs f while a process is stopped by SIGSTOP.
func stopped(t *testing.T, pid int, f func()) {
	t.Helper()
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Kill(pid, unix.SIGCONT); err != nil {
			t.Error(err)
		}
	}()
	f()
}

// numbers returns the numbers of the datagrams in a saved capture.
func numbers(t *testing.T, path string) []uint64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	packets, err := pcap.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	const payload = 14 + 20 + 8 // Ethernet, IPv4, UDP
	var all []uint64
	for {
		packet, err := packets.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("packet %d: %v", len(all), err)
		}
		all = append(all, binary.BigEndian.Uint64(packet[pcap.PacketHeaderLen+payload:]))
	}
}

func expectNumbers(t *testing.T, got []uint64, from, to uint64) {
	t.Helper()
	if uint64(len(got)) != to-from {
		t.Errorf("%d packets, want %d", len(got), to-from)
	}
	for i, n := range got {
		if n != from+uint64(i) {
			t.Fatalf("packet %d is number %d, want %d", i, n, from+uint64(i))
		}
	}
}
