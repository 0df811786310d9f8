package tools

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/internal/eventually"
	"github.com/fennec-project/podtracer/internal/figures"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
	"github.com/fennec-project/podtracer/tools/tally"
	"github.com/fennec-project/podtracer/tools/text"
)

func TestDropsOfTheKernelTurnTheVerdictWhileTheCaptureRunsAndItsStatus(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-B", "4096")
	s.send(t, 10, 100)
	if state := n.until(t, id, "counters", func(s State) bool { return s.Counters.Known && s.Packets == 10 }); state.Verdict().String() != "complete" {
		t.Errorf("before any drop: %q", state.Verdict().String())
	}
	before := time.Now()
	stopped(t, toolOf(t, n.state(t, id).Argv), func() { s.send(t, 5000, 100) })
	state := n.until(t, id, "drops", func(s State) bool { return s.Counters.KernelDropped > 0 })
	if want := "INCOMPLETE: " + figures.Count(int64(state.Counters.KernelDropped)) + " dropped by the kernel since "; !strings.HasPrefix(state.Verdict().String(), want) {
		t.Errorf("the verdict is %q", state.Verdict().String())
	}
	if since := state.Losses[0].Since; since.Before(before) || since.After(time.Now()) {
		t.Errorf("the drops began at %v, the flood at %v", since, before)
	}
	ended := n.stopAndWait(t, id)
	if ended.Status() != StatusLost || uint64(ended.Packets)+ended.Counters.KernelDropped != s.sent {
		t.Errorf("status %d; %d packets and %d drops of %d", ended.Status(), ended.Packets, ended.Counters.KernelDropped, s.sent)
	}
	if saved := n.save(t, id, "x.pcap"); saved.Verdict.String() != ended.Verdict().String() || saved.Packets != ended.Packets {
		t.Errorf("saved %+v", saved)
	}
	_, notes := n.allLines(t, id)
	for _, note := range notes {
		if tally.IsAnswer(note) {
			t.Errorf("tcpdump's answer to SIGUSR1 is shown: %q", note)
		}
	}
}

func TestAToolThatIsKilledLeavesWholePacketsAndAVerdict(t *testing.T) {
	n := newNode(t)
	for name, change := range map[string]func(*Request){
		"the tool writes":  nil,
		"podtracer writes": func(r *Request) { r.Ring.Size = 64 << 20 },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSender(t, n, shop)
			id := n.captureFlood(t, change)
			s.send(t, 1000, 1000)
			n.until(t, id, "packets", func(s State) bool { return s.Packets > 500 })
			if err := unix.Kill(toolOf(t, n.state(t, id).Argv), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			state := n.wait(t, id)
			if state.Status() != StatusLost || !strings.Contains(state.Verdict().String(), "INCOMPLETE: tcpdump died of signal 9") {
				t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
			}
			got := numbers(t, n.save(t, id, "x.pcap").Path)
			expectNumbers(t, got, 0, uint64(len(got)))
			if int64(len(got)) != state.Packets || len(got) < 500 {
				t.Errorf("%d packets were saved, %d counted", len(got), state.Packets)
			}
		})
	}
}

func TestALimitOfPacketsIsKeptToThePacketAndIsNoLoss(t *testing.T) {
	n := newNode(t)
	for name, change := range map[string]func(*Request){
		"the tool writes":  func(r *Request) { r.Limits.Packets = 77 },
		"podtracer writes": func(r *Request) { r.Limits.Packets, r.Headers = 77, true },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSender(t, n, shop)
			id := n.captureFlood(t, change)
			s.send(t, 1000, 100)
			state := n.wait(t, id)
			if !errors.Is(state.Cause, spool.ErrMaxPackets) || state.Status() != 0 || state.Verdict().String() != "complete" || state.Packets != 77 {
				t.Errorf("status %d, %v, verdict %q, %d packets", state.Status(), state.Cause, state.Verdict().String(), state.Packets)
			}
			if saved := n.save(t, id, "x.pcap"); saved.Packets != 77 {
				t.Errorf("saved %+v", saved)
			}
		})
	}
}

func TestOfAPacketThatIsCutToItsHeadersNothingElseIsKept(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Headers = true })
	s.send(t, 20, 600)
	n.until(t, id, "packets", func(s State) bool { return s.Packets == 20 })
	if state := n.stopAndWait(t, id); state.Verdict().String() != "complete" {
		t.Errorf("the verdict is %q", state.Verdict().String())
	}
	saved := n.save(t, id, "x.pcap")
	if content := readAll(t, saved.Path); strings.Contains(content, "secret") || saved.Bytes != 24+20*(16+14+20+8) {
		t.Errorf("%d bytes, with a payload in them", saved.Bytes)
	}
	if lines, _ := readPcap(t, saved.Path, "-q"); len(lines) != 20 || !strings.Contains(lines[0], "UDP, length 600") {
		t.Errorf("tcpdump reads %d packets: %q", len(lines), lines)
	}
}

func TestACaptureThatSomebodyElseEndedSaysWhatWasNotRead(t *testing.T) {
	const ended = " when somebody else ended tcpdump"
	for name, options := range map[string][]string{"": nil, "before -c was reached": {"-c", "1000"}} {
		t.Run("one interface "+name, func(t *testing.T) {
			n := newNode(t)
			s := newSender(t, n, shop)
			state := withUnread(t, 200, func() State {
				return endedByOthers(t, n, n.captureFlood(t, unseen, options...), func() { s.send(t, 200, 100) })
			})
			unread := int64(state.Counters.Received) - state.Packets
			if want := "INCOMPLETE: " + figures.Count(unread) + " had arrived and were not yet read" + ended; state.Verdict().String() != want || state.Status() != StatusLost {
				t.Errorf("status %d, verdict %q, want %q", state.Status(), state.Verdict().String(), want)
			}
		})
	}
	for device, words := range map[string]string{
		"any": "packets may have arrived that were not yet read",
		"lo":  "200 had arrived and were not yet read",
	} {
		t.Run(device, func(t *testing.T) {
			n := newNode(t)
			needTools(t, "tcpdump")
			req := Request{Pod: cart, Argv: []string{"tcpdump", "-i", device, "-w", "-", "udp and port 9"}}
			unseen(&req)
			state := withUnread(t, 200, func() State {
				id := n.start(t, req)
				n.until(t, id, "tcpdump", func(s State) bool { return s.Device == device })
				return endedByOthers(t, n, id, func() { toItself(t, n, 200) })
			})
			if want := "INCOMPLETE: " + strings.Replace(words, "200", figures.Count(200-state.Packets), 1) + ended; state.Verdict().String() != want || state.Status() != StatusLost {
				t.Errorf("status %d, verdict %q, want %q", state.Status(), state.Verdict().String(), want)
			}
		})
	}
}

// withUnread repeats a capture until its tcpdump was ended before it had read all packets that were sent: on a slow machine it may have.
func withUnread(t *testing.T, sent int64, capture func() State) State {
	t.Helper()
	for range 20 {
		if state := capture(); state.Packets < sent {
			return state
		}
	}
	t.Fatal("tcpdump always read everything before it was ended")
	return State{}
}

// unseen is a capture as on the command line.
func unseen(r *Request) { r.Text, r.Packets, r.Stderr = false, true, io.Discard }

// endedByOthers stops tcpdump while packets come, so that the kernel holds them, and then interrupts it.
func endedByOthers(t *testing.T, n *node, id RunID, send func()) State {
	t.Helper()
	n.until(t, id, "counters", func(s State) bool { return s.Counters.Known }) // else nobody knows what came before the filter
	pid := toolOf(t, n.state(t, id).Argv)
	signal := func(s unix.Signal) {
		if err := unix.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	signal(unix.SIGSTOP)
	send()
	signal(unix.SIGINT)
	signal(unix.SIGCONT)
	state := n.wait(t, id)
	if state.Packets >= 200 {
		t.Fatalf("tcpdump has read all %d", state.Packets)
	}
	return state
}

// toItself sends datagrams from cart to itself.
func toItself(t *testing.T, n *node, count int) {
	t.Helper()
	n.inPod(t, cart, func() error {
		conn, err := net.Dial("udp", "127.0.0.1:9")
		if err != nil {
			return err
		}
		defer conn.Close()
		for sent := 0; sent < count; {
			if _, err := conn.Write([]byte("hello")); err == nil { // refused is what came back of the one before
				sent++
			}
		}
		return nil
	})
}

func TestACaptureThatEndsAsItWasToldLosesNothing(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-c", "10")
	s.send(t, 500, 100)
	if state := n.wait(t, id); state.Verdict().String() != "complete" || state.Status() != 0 || state.Packets != 10 {
		t.Errorf("status %d, verdict %q, %d packets", state.Status(), state.Verdict().String(), state.Packets)
	}
}

func TestTheCountersOfTheToolComeBehindTheLastPacket(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-c", "500")
	s.send(t, 600, 100)
	n.wait(t, id)
	ctx := within(t, patience)
	var last []text.Line
	for end := false; !end; {
		var lines []text.Line
		lines, end = n.newer(ctx, t, id, uint64(len(last)))
		last = append(last, lines...)
	}
	for i, want := range []string{"500 packets captured", "received by filter", "dropped by kernel"} {
		if got := last[len(last)-3+i]; !got.Note || !strings.Contains(got.Text, want) {
			t.Errorf("the line %d from the end is %q", 3-i, got.Text)
		}
	}
}

func TestAGuardThatIsKilledTakesItsToolWithItAndNotTheCapture(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil)
	s.send(t, 50, 100)
	n.until(t, id, "packets", func(s State) bool { return s.Packets == 50 })
	tool := toolOf(t, n.state(t, id).Argv)
	status := readAll(t, fmt.Sprintf("/proc/%d/status", tool))
	guard, err := strconv.Atoi(strings.TrimSpace(regexp.MustCompile(`PPid:\s*(\d+)`).FindStringSubmatch(status)[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(guard, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	state := n.wait(t, id)
	if state.Err == nil || !strings.HasPrefix(state.Verdict().String(), "INCOMPLETE: the guard of the tool ended early") || state.Status() == 0 {
		t.Errorf("status %d, %v, verdict %q", state.Status(), state.Err, state.Verdict().String())
	}
	eventually.Nil(t, patience, func() error {
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", tool)); err == nil && strings.HasPrefix(string(line), "tcpdump") {
			return errors.New("the tool has not ended")
		}
		return nil
	})
	if saved := n.save(t, id, "x.pcap"); saved.Packets < 50 {
		t.Errorf("saved %+v", saved)
	}
}

func TestATcpdumpThatWritesTextSaysThatPacketsWereDropped(t *testing.T) {
	n := newNode(t)
	needTools(t, "tcpdump")
	s := newSender(t, n, shop)
	said := newWaitingWriter()
	argv := []string{"tcpdump", "-i", "eth0", "-n", "-q", "-l", "-B", "64", "udp", "and", "dst", "port", "9"}
	id := n.start(t, Request{Pod: cart, Argv: argv, Stderr: said})
	said.until(t, "listening on")
	stopped(t, toolOf(t, argv), func() { s.send(t, 20_000, 1000) })
	state := n.stopAndWait(t, id)
	if state.Status() != StatusLost || !strings.Contains(state.Verdict().String(), "dropped by the kernel") {
		t.Errorf("status %d, verdict %q: %s", state.Status(), state.Verdict().String(), said)
	}
	if err := containsAll(said.String(), "packets captured", "dropped by kernel"); err != nil {
		t.Error(err)
	}
}

func TestWhatTheToolSaysWasDroppedIsMissing(t *testing.T) {
	for told, complete := range map[report.Counters]bool{
		{Known: true, Received: 5}:                      true,
		{Known: true, Received: 5, KernelDropped: 1}:    false,
		{Known: true, Received: 5, InterfaceDropped: 1}: false,
	} {
		r := &run{}
		r.learn(tally.Told{Device: "eth0", Counters: told})
		state, _ := r.state.Get()
		state.Capture, state.Began, state.Bytes = true, time.Now(), 1
		if verdict := state.Verdict().String(); (verdict == "complete") != complete {
			t.Errorf("%+v: %q", told, verdict)
		}
	}
}

// A tool that crashes, or that the kernel kills for its memory, may do so in the moment in which it is being stopped.
func TestAToolThatDiesWhileItIsBeingStoppedWasNotStoppedCleanly(t *testing.T) {
	waits(t)
	for name, c := range map[string]struct {
		argv    []string
		limits  Limits
		verdict string
		status  int
	}{
		// With a limit, packets are counted as they come.
		"a capture": {[]string{"tcpdump", "-i", "eth0", "-Q", "in", "-w", "-"}, Limits{Packets: 1 << 20}, "INCOMPLETE: tcpdump died of signal 9 (killed)", StatusLost},
		"text":      {[]string{"tcpdump", "-l", "-n", "-i", "eth0"}, Limits{}, "", 128 + int(unix.SIGKILL)},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			needTools(t, "tcpdump")
			id := n.start(t, Request{Pod: cart, Argv: c.argv, Limits: c.limits})
			sender := newSender(t, n, shop)
			n.until(t, id, "the tool", func(s State) bool { return s.Counters.Known || !s.Capture })
			eventually.Nil(t, patience, func() error {
				if state := n.state(t, id); state.Bytes > 0 {
					return nil
				} else if !state.Capture || sender.sent == 0 { // few enough that tcpdump writes whole packets
					sender.send(t, 1, 100)
				}
				return errors.New("there is no output")
			})
			pid := toolOf(t, n.state(t, id).Argv)
			if err := errors.Join(unix.Kill(pid, unix.SIGSTOP), n.Stop(id)); err != nil {
				t.Fatal(err)
			}
			pends(t, pid, unix.SIGINT)
			if err := unix.Kill(pid, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if state := n.wait(t, id); state.Verdict().String() != c.verdict || state.Status() != c.status {
				t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
			}
		})
	}
}
