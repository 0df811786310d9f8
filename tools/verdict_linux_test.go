package tools

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns"
	"github.com/fennec-project/podtracer/tools/pcap"
)

// floodPort is where a flood goes to. Nobody listens there.
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

// send sends some datagrams of a size in bytes. Those that the kernel refuses because nobody listens are sent again.
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

// flood sends for some time, as fast as it can.
func (s *sender) flood(t *testing.T, d time.Duration, size int) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		s.send(t, 100, size)
	}
}

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

// toolOf is the process of a run's tool: the one whose arguments are those of the run.
func toolOf(t *testing.T, argv []string) int {
	t.Helper()
	pid := 0
	eventually(t, patience, func() error {
		for _, file := range globbed("/proc/[0-9]*/cmdline") {
			if line, err := os.ReadFile(file); err == nil && string(line) == strings.Join(argv, "\x00")+"\x00" {
				pid, _ = strconv.Atoi(strings.Split(file, "/")[2])
				return nil
			}
		}
		return fmt.Errorf("no process runs %s", Join(argv))
	})
	return pid
}

// stopped stops a process as SIGSTOP does while f runs.
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

// numbers are those of the datagrams in a saved capture.
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

func TestDropsOfTheKernelTurnTheVerdictWhileTheCaptureRunsAndItsStatus(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-B", "4096")
	s.send(t, 10, 100)
	if state := n.until(t, id, "counters", func(s State) bool { return s.Counters.Known && s.Packets == 10 }); state.Verdict() != "complete" {
		t.Errorf("before any drop: %q", state.Verdict())
	}
	before := time.Now()
	stopped(t, toolOf(t, n.state(t, id).Argv), func() { s.send(t, 5000, 100) })
	state := n.until(t, id, "drops", func(s State) bool { return s.Counters.KernelDropped > 0 })
	if want := "INCOMPLETE: " + thousands(int64(state.Counters.KernelDropped)) + " dropped by the kernel since "; !strings.HasPrefix(state.Verdict(), want) {
		t.Errorf("the verdict is %q", state.Verdict())
	}
	if since := state.Losses[0].Since; since.Before(before) || since.After(time.Now()) {
		t.Errorf("the drops began at %v, the flood at %v", since, before)
	}
	ended := n.stopAndWait(t, id)
	if ended.Status() != StatusLost || uint64(ended.Packets)+ended.Counters.KernelDropped != s.sent {
		t.Errorf("status %d; %d packets and %d drops of %d", ended.Status(), ended.Packets, ended.Counters.KernelDropped, s.sent)
	}
	if saved := n.save(t, id, "x.pcap"); saved.Verdict != ended.Verdict() || saved.Packets != ended.Packets {
		t.Errorf("saved %+v", saved)
	}
	_, notes := n.allLines(t, id)
	for _, note := range notes {
		if toldCaptured.MatchString(note) {
			t.Errorf("an answer to a question of podtracer's is shown: %q", note)
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
			if state.Status() != StatusLost || !strings.Contains(state.Verdict(), "INCOMPLETE: tcpdump died of signal 9") {
				t.Errorf("status %d, verdict %q", state.Status(), state.Verdict())
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
			if !errors.Is(state.Cause, ErrMaxPackets) || state.Status() != 0 || state.Verdict() != "complete" || state.Packets != 77 {
				t.Errorf("status %d, %v, verdict %q, %d packets", state.Status(), state.Cause, state.Verdict(), state.Packets)
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
	if state := n.stopAndWait(t, id); state.Verdict() != "complete" {
		t.Errorf("the verdict is %q", state.Verdict())
	}
	saved := n.save(t, id, "x.pcap")
	if content := readAll(t, saved.Path); strings.Contains(content, "secret") || saved.Bytes != 24+20*(16+14+20+8) {
		t.Errorf("%d bytes, with a payload in them", saved.Bytes)
	}
	if lines, _ := readPcap(t, saved.Path, "-q"); len(lines) != 20 || !strings.Contains(lines[0], "UDP, length 600") {
		t.Errorf("tcpdump reads %d packets: %q", len(lines), lines)
	}
}

// slow says whether tests may take minutes.
func slow() bool { return os.Getenv("PODTRACER_SLOW") != "" }

func TestAReaderThatStandsStillHoldsUpNothingAndIsToldWhatItMissed(t *testing.T) {
	stands := 3 * time.Second
	if slow() {
		stands = time.Minute
	}
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Limits.Size = -1 }, "-s", "200")
	s.send(t, 5, 100)
	n.untilLine(t, id, "UDP, length 100")
	stopped(t, toolOf(t, n.decoderOf(id)), func() {
		s.flood(t, stands, 1000)
		n.until(t, id, "all packets", func(state State) bool { return uint64(state.Packets)+state.Counters.Dropped() == s.sent })
	})
	s.send(t, 5, 300)
	n.untilLine(t, id, "UDP, length 300")
	state := n.stopAndWait(t, id)
	lines, notes := n.allLines(t, id)
	if shown := int64(len(lines)); state.Counters.NotShown == 0 || shown+state.Counters.NotShown != state.Packets {
		t.Errorf("%d shown and %d not, of %d", shown, state.Counters.NotShown, state.Packets)
	}
	said := int64(0)
	for _, m := range regexp.MustCompile(`: ([\d,]+) packets not shown \(all are in the capture\)`).FindAllStringSubmatch(strings.Join(notes, "\n"), -1) {
		n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		said += n
	}
	if said != state.Counters.NotShown {
		t.Errorf("%d packets are said not to be shown, of %d: %q", said, state.Counters.NotShown, notes)
	}
	saved := n.save(t, id, "x.pcap")
	if state.Counters.Dropped() == 0 {
		expectNumbers(t, numbers(t, saved.Path), 0, s.sent)
	}
	if saved.Packets != state.Packets {
		t.Errorf("saved %d of %d", saved.Packets, state.Packets)
	}
}

// decoderOf is the command that makes text of a capture.
func (n *node) decoderOf(id RunID) []string {
	run, _ := n.Runs.run(id)
	return run.plan.decoder
}

func TestWhoReadsAlongChangesNothingInTheCapture(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	shown := n.captureFlood(t, nil, "-B", "65536", "-s", "128") // room for all of them, however slow this machine is
	alone := n.captureFlood(t, func(r *Request) { r.Text, r.Packets, r.Stderr = false, true, io.Discard }, "-B", "65536", "-s", "128")
	s.send(t, 50_000, 200)
	var files []string
	for _, id := range []RunID{shown, alone} {
		state := n.stopAndWait(t, id)
		if state.Verdict() != "complete" {
			t.Fatalf("the verdict is %q", state.Verdict())
		}
		files = append(files, timeless(t, n.save(t, id, "x.pcap").Path))
	}
	if files[0] != files[1] {
		t.Errorf("%d bytes with a reader, %d without, and not the same", len(files[0]), len(files[1]))
	}
}

// timeless is a capture without the times of its packets, which each socket takes for itself.
func timeless(t *testing.T, path string) string {
	t.Helper()
	packets, err := pcap.NewReader(strings.NewReader(readAll(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.NewBuffer(bytes.Clone(packets.RawHeader()))
	for {
		packet, err := packets.Next()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Write(packet[8:])
	}
}

func TestARingKeepsTheNewestPacketsAndNeverMoreThanThatAndASegment(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	const ring = 16 << 20
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = ring })
	largest := int64(0)
	for s.sent < 60_000 {
		s.send(t, 200, 1000)
		largest = max(largest, totalSize(globbed(n.data+"/sessions/*/*.spool.*")))
	}
	n.until(t, id, "all packets", func(state State) bool { return uint64(state.Packets)+state.Counters.Dropped() == s.sent })
	state := n.stopAndWait(t, id)
	if largest > ring+ring/ringSegments || largest < ring {
		t.Errorf("there were %d bytes on the disk, the ring has %d", largest, ring)
	}
	saved := n.save(t, id, "x.pcap")
	if saved.Packets+state.Counters.AgedOut != state.Packets || state.Counters.AgedOut == 0 {
		t.Errorf("saved %d, aged out %d, captured %d", saved.Packets, state.Counters.AgedOut, state.Packets)
	}
	if state.Counters.Dropped() > 0 {
		return
	}
	if state.Status() != 0 || !strings.HasPrefix(state.Verdict(), "complete from where the ring begins") {
		t.Errorf("status %d, verdict %q", state.Status(), state.Verdict())
	}
	expectNumbers(t, numbers(t, saved.Path), uint64(state.Counters.AgedOut), s.sent)
}

func TestARingIsFrozenByALineThatMatchesAndGoesOnForAsLongAsAsked(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) {
		r.Ring = Ring{Size: 8 << 20, FreezeOn: regexp.MustCompile(`length 4\d\d$`), KeepAfter: 700 * time.Millisecond}
		r.Text, r.Stderr = false, io.Discard // as on the command line
	})
	s.send(t, 10, 100)
	s.send(t, 1, 444)
	state := n.until(t, id, "freeze", func(s State) bool { return s.Frozen != "" })
	frozen := time.Now()
	s.send(t, 10, 200)
	if want := `a line matched length 4\d\d$`; state.Frozen != want || state.Phase == Ended {
		t.Errorf("frozen because %q, %v", state.Frozen, state.Phase)
	}
	ended := n.wait(t, id)
	if kept := ended.Ended.Sub(frozen); !errors.Is(ended.Cause, ErrFrozen) || ended.Status() != 0 || kept < 500*time.Millisecond {
		t.Errorf("status %d, %v, after %v", ended.Status(), ended.Cause, kept)
	}
	expectNumbers(t, numbers(t, n.save(t, id, "x.pcap").Path), 0, 21)
}

func TestARingIsFrozenWhenSomebodySaysSo(t *testing.T) {
	n := newNode(t)
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = 8 << 20 })
	if err := n.Freeze(id); err != nil {
		t.Fatal(err)
	}
	if state := n.wait(t, id); !errors.Is(state.Cause, ErrFrozen) || state.Frozen != asAsked || state.Status() != 0 {
		t.Errorf("%v, %q, status %d", state.Cause, state.Frozen, state.Status())
	}
	other := n.start(t, Request{Pod: cart, Argv: []string{"true"}, Text: true})
	if err := n.Freeze(other); !errors.Is(err, errNoRing) {
		t.Errorf("a run without a ring: %v", err)
	}
}

func TestARingThatIsSavedWhileItRunsIsWhole(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Ring.Size = 8 << 20 })
	flooding, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { // ended by stop
		defer close(done)
		for flooding.Err() == nil {
			s.send(t, 100, 1000)
		}
	}()
	n.until(t, id, "packets that aged out", func(s State) bool { return s.Counters.AgedOut > 0 })
	var saves []Saved
	for i := range 5 {
		saves = append(saves, n.save(t, id, fmt.Sprintf("%d.pcap", i)))
	}
	stop()
	<-done
	drops := n.stopAndWait(t, id).Counters.Dropped()
	for _, saved := range saves {
		got := numbers(t, saved.Path)
		if !saved.Partial || int64(len(got)) != saved.Packets || saved.Bytes < 6<<20 {
			t.Errorf("saved %+v, %d packets", saved, len(got))
		}
		if drops == 0 {
			expectNumbers(t, got, got[0], got[0]+uint64(len(got)))
		}
	}
}

func TestAPodtracerThatIsKilledWhileItSavesLeavesTheOldFileOrTheWholeNewOne(t *testing.T) {
	if os.Getenv(saverVariable) != "" {
		saveForever(t)
	}
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "x.pcap")
	capture := leaveCapture(t, data, 20_000)
	began := time.Now()
	if _, err := OpenStore(Deps{DataDir: data}).Save(t.Context(), "left", Target{Path: filepath.Join(t.TempDir(), "x.pcap")}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	old := []byte("what was there before")
	whole, olds := 0, 0
	for i := range 40 {
		if err := os.WriteFile(out, old, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), saverVariable+"="+data+":"+out)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, patience, func() error { return started(data) })
		time.Sleep(time.Duration(i) * took / 12) // from at once to some saves later
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		_ = os.Remove(filepath.Join(data, "started"))
		switch got, err := os.ReadFile(out); {
		case err != nil:
			t.Fatalf("the file is gone: %v", err)
		case bytes.Equal(got, old):
			olds++
		case bytes.Equal(got, capture):
			whole++
		default:
			t.Fatalf("the file has %d bytes: neither the old one nor the whole new one, which has %d", len(got), len(capture))
		}
	}
	if olds == 0 || whole == 0 {
		t.Errorf("%d old and %d whole files: the kills did not come at every stage", olds, whole)
	}
	if drafts := globbed(filepath.Dir(out) + "/.podtracer-*"); len(drafts) > 1 { // between its two names a file is seen for an instant
		t.Errorf("drafts that were left: %v", drafts)
	}
}

const saverVariable = "PODTRACER_TEST_SAVER"

func started(data string) error {
	_, err := os.Stat(filepath.Join(data, "started"))
	return err
}

// saveForever is the process that is killed.
func saveForever(t *testing.T) {
	data, out, _ := strings.Cut(os.Getenv(saverVariable), ":")
	if err := os.WriteFile(filepath.Join(data, "started"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := OpenStore(Deps{DataDir: data})
	for {
		if _, err := store.Save(t.Context(), "left", Target{Path: out, Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// leaveCapture makes a session as a podtracer leaves it that is killed, and returns what its capture holds.
func leaveCapture(t *testing.T, data string, packets int) []byte {
	t.Helper()
	session := filepath.Join(data, "sessions", "left")
	if err := os.MkdirAll(session, 0o700); err != nil {
		t.Fatal(err)
	}
	stream := pcapStream(packets)
	spool := filepath.Join(session, "1.spool")
	if err := os.WriteFile(spool, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	state := State{Pod: cart, Argv: []string{"tcpdump", "-n"}, Created: time.Now(), Capture: true}
	if err := writeLabel(spool, state, ""); err != nil {
		t.Fatal(err)
	}
	return stream
}

func TestWhatNobodySavedIsKeptByAnEndThatNobodyChose(t *testing.T) {
	data := t.TempDir()
	demo := newDemo(t)
	runs, err := NewRuns(context.Background(), Deps{Launcher: &Local{Finder: demo, Here: here}, Pods: &fakePods{}, Here: here, DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs, demo: demo, data: data}
	s := newSender(t, n, shop)
	saved, unsaved, empty := n.captureFlood(t, nil), n.captureFlood(t, nil), n.captureFlood(t, nil, "-Q", "out")
	text := n.start(t, Request{Pod: cart, Argv: []string{"echo", "x"}, Text: true})
	s.send(t, 30, 100)
	for _, id := range []RunID{saved, unsaved} {
		n.until(t, id, "packets", func(s State) bool { return s.Packets == 30 && s.Counters.Known })
	}
	for _, id := range []RunID{saved, empty, text} {
		n.stopAndWait(t, id)
	}
	n.save(t, saved, "x.pcap")
	s.send(t, 5, 100)
	n.until(t, unsaved, "packets", func(s State) bool { return s.Packets == 35 })
	left, err := n.Leave() // the unsaved one runs still
	if left != 1 || err != nil {
		t.Errorf("%d were left, %v", left, err)
	}
	store := OpenStore(Deps{DataDir: data})
	list, err := store.List()
	if err != nil || len(list) != 1 || list[0].Packets != 35 {
		t.Fatalf("%+v, %v", list, err)
	}
	out := filepath.Join(t.TempDir(), "x.pcap")
	if saved, err := store.Save(t.Context(), list[0].ID, Target{Path: out}); err != nil || saved.Verdict != "complete" || saved.Packets != 35 {
		t.Errorf("%+v, %v", saved, err)
	}
	expectNumbers(t, numbers(t, out), 0, 35)
	if err := store.Remove(list[0].ID[:3]); !errors.Is(err, ErrNoRun) {
		t.Errorf("the beginning of an id is enough to remove: %v", err)
	}
	if err := store.Remove(list[0].ID); err != nil {
		t.Error(err)
	}
}

func TestACaptureThatSomebodyElseEndedSaysWhatWasNotRead(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Text, r.Packets, r.Stderr = false, true, io.Discard })
	pid := toolOf(t, n.state(t, id).Argv)
	s.send(t, 200, 100) // the kernel keeps them for up to a second before tcpdump gets them
	if err := unix.Kill(pid, unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	state := n.wait(t, id)
	unread := int64(state.Counters.Received) - state.Packets
	if unread <= 0 {
		t.Fatalf("tcpdump has read all %d", state.Packets)
	}
	if want := "INCOMPLETE: " + thousands(unread) + " had come and were not read when somebody else ended tcpdump"; state.Verdict() != want || state.Status() != StatusLost {
		t.Errorf("status %d, verdict %q, want %q", state.Status(), state.Verdict(), want)
	}
}

func TestACaptureThatEndsAsItWasToldLosesNothing(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-c", "10")
	s.send(t, 500, 100)
	if state := n.wait(t, id); state.Verdict() != "complete" || state.Status() != 0 || state.Packets != 10 {
		t.Errorf("status %d, verdict %q, %d packets", state.Status(), state.Verdict(), state.Packets)
	}
}

func TestTheCountersOfTheToolComeBehindTheLastPacket(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-c", "500")
	s.send(t, 600, 100)
	n.wait(t, id)
	ctx := within(t, patience)
	var last []Line
	for after := uint64(0); ; {
		chunk, err := n.Output(ctx, id, after)
		if err != nil {
			t.Fatal(err)
		}
		last = append(last, chunk.Lines...)
		if after = chunk.Next; chunk.End {
			break
		}
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
	if state.Err == nil || !strings.HasPrefix(state.Verdict(), "INCOMPLETE: the guard of the tool ended early") || state.Status() == 0 {
		t.Errorf("status %d, %v, verdict %q", state.Status(), state.Err, state.Verdict())
	}
	eventually(t, patience, func() error {
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", tool)); err == nil && strings.HasPrefix(string(line), "tcpdump") {
			return errors.New("the tool is there still")
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
	if state.Status() != StatusLost || !strings.Contains(state.Verdict(), "dropped by the kernel") {
		t.Errorf("status %d, verdict %q: %s", state.Status(), state.Verdict(), said)
	}
	if err := containsAll(said.String(), "packets captured", "dropped by kernel"); err != nil {
		t.Error(err)
	}
}
