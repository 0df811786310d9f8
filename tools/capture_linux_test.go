package tools

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/tools/save"
)

// traffic sends packets between shop and cart for as long as the test runs.
func traffic(t *testing.T, n *node) {
	t.Helper()
	if err := n.demo.Ping(t.Context(), shop.UID, cartAddr, 3*time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

// capture starts a capture as the console does and waits until tcpdump listens.
func (n *node) capture(t *testing.T, arguments ...string) RunID {
	t.Helper()
	needTools(t, "tcpdump")
	id := n.start(t, Request{Pod: cart, Argv: append([]string{"tcpdump"}, arguments...), Text: true})
	n.untilLine(t, id, "listening on ")
	return id
}

func (n *node) stopAndWait(t *testing.T, id RunID) State {
	t.Helper()
	if err := n.Stop(id); err != nil {
		t.Fatal(err)
	}
	return n.wait(t, id)
}

func (n *node) save(t *testing.T, id RunID, name string) save.File {
	t.Helper()
	saved, err := n.Save(within(t, patience), id, save.Target{Path: filepath.Join(t.TempDir(), name)})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// readPcap has tcpdump read a file, as a person would, and returns its lines and what it wrote to standard error.
func readPcap(t *testing.T, path string, flags ...string) (lines []string, said string) {
	t.Helper()
	cmd := exec.Command("tcpdump", append(append([]string{"-n"}, flags...), "-r", path)...)
	var beside strings.Builder
	cmd.Stderr = &beside
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tcpdump -r %s: %v\n%s", path, err, beside.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), beside.String()
}

func TestEveryPacketFromTheFirstToTheLastBeforeTheStopIsInTheSavedFile(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		name    string
		packets int
		pace    []string
		read    bool // a second tcpdump prints the packets as text
	}{
		{"a single one, read along", 1, nil, true},
		{"a burst just before the stop, read along", 50, []string{"-f"}, true},
		{"many, read along", 500, []string{"-i", "0.001"}, true},
		{"a burst just before the stop, as a stream", 50, []string{"-f"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			argv := []string{"tcpdump", "-i", "eth0", "-n", "icmp[icmptype] = icmp-echo"}
			said := newWaitingWriter()
			if !c.read {
				argv = append(argv, "-w", "-")
			}
			needTools(t, "tcpdump")
			id := n.start(t, Request{Pod: cart, Argv: argv, Text: c.read, Stderr: said})
			if c.read {
				n.untilLine(t, id, "listening on ")
			} else {
				said.until(t, "listening on ")
			}
			ping := n.run(t, shop, append([]string{"ping", "-q", "-c", strconv.Itoa(c.packets), cartAddr.String()}, c.pace...)...)
			state := n.stopAndWait(t, id) // at once: what tcpdump or the kernel still holds must come nevertheless
			if err := containsAll(ping.out, fmt.Sprintf("%d packets transmitted, %[1]d received", c.packets)); err != nil {
				t.Fatal(err)
			}
			saved := n.save(t, id, "x.pcap")
			lines, _ := readPcap(t, saved.Path)
			if saved.Packets != int64(c.packets) || state.Packets != saved.Packets || len(lines) != c.packets || saved.Partial {
				_, notes := n.allLines(t, id)
				t.Errorf("%d packets were sent; counted %d, saved %d, tcpdump reads %d; %s%s", c.packets, state.Packets, saved.Packets, len(lines), notes, said)
			}
			if err := errors.Join(containsAll(lines[0], "seq 1,"), containsAll(lines[len(lines)-1], fmt.Sprintf("seq %d,", c.packets))); err != nil {
				t.Error(err)
			}
			if state.Status() != 0 || !errors.Is(state.Cause, ErrAsked) || state.Exit.Killed || state.Exit.Strays != 0 {
				t.Errorf("status %d: %+v", state.Status(), state)
			}
		})
	}
}

func TestACaptureThatHasReachedItsSizeDoesNotWaitForMorePackets(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	r := n.runRequest(t, Request{Pod: cart, Argv: []string{"tcpdump", "-i", "eth0", "-n", "--immediate-mode", "-U", "-w", "-"}, Limits: Limits{Size: 1000}})
	drops := r.Counters.Dropped() > 0 // the traffic may be too fast for this machine; that has nothing to do with the limit
	if took := r.Ended.Sub(r.Began); !drops && r.Status() != 0 || took > settleMost {
		t.Errorf("took %v: %+v", took, r.State)
	}
	if r.Bytes > 1000 || r.Bytes < 800 || int64(len(r.out)) != r.Bytes || !drops && r.Verdict().String() != "complete" {
		t.Errorf("%d bytes, %d delivered: want a cut after the last packet that fits; verdict %q", r.Bytes, len(r.out), r.Verdict().String())
	}
}

func TestTheTextOfPacketsAsksNobodyForANameAlsoIfOneWantsNames(t *testing.T) {
	n := newNode(t)
	serveShop(t, n)
	id := n.capture(t, "-i", "any", "icmp", "or", "port", "53") // without -n; the reader's DNS queries would be among the packets
	traffic(t, n)
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 20 && s.Lines > 20 })
	state := n.stopAndWait(t, id)
	lines, notes := n.allLines(t, id)
	if text := strings.Join(lines, "\n"); strings.Contains(text, "PTR?") || !strings.Contains(text, "10.244.") || state.Status() != 0 {
		t.Errorf("status %d:\n%s", state.Status(), text)
	}
	if err := containsAll(strings.Join(notes, "\n"), "packets captured"); err != nil {
		t.Error(err)
	}
}

func TestTheTextOfPacketsComesWhileTheCaptureRuns(t *testing.T) {
	n := newNode(t)
	id := n.capture(t, "-i", "eth0", "-n", "icmp")
	began := time.Now()
	traffic(t, n)
	n.untilLine(t, id, "ICMP echo request")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the first packet was seen after %v", took)
	}
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 10 && s.Lines > 10 && s.Bytes > 1000 })
	n.stopAndWait(t, id)
}

func TestTheTextIsWhatTcpdumpReadsFromTheSavedFile(t *testing.T) {
	n := newNode(t)
	serveShop(t, n)
	traffic(t, n)
	if err := n.demo.FetchHTTP(t.Context(), shop.UID, "http://10.244.0.12:8080/api/cart", 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		capture, display []string
	}{
		{"plain", nil, nil},
		{"as the catalogue has it", []string{"-i", "eth0", "-n"}, nil},
		{"link layer and whole dates", nil, []string{"-e", "-tttt"}},
		{"many words and bytes", nil, []string{"-vv", "-X"}},
		{"flags in one word", []string{"-s96"}, []string{"-nvvqt"}},
		{"packets with numbers", nil, []string{"--number"}},
		{"every device", []string{"-i", "any"}, nil},
		{"nanoseconds", []string{"--time-stamp-precision=nano"}, []string{"--nano"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			arguments := append(append([]string{"-n", "-c", "60"}, c.capture...), c.display...)
			id := n.start(t, Request{Pod: cart, Argv: append([]string{"tcpdump"}, arguments...), Text: true})
			if state := n.wait(t, id); state.Status() != 0 || state.Cause != nil || state.Packets != 60 {
				t.Errorf("got %+v", state)
			}
			got, notes := n.allLines(t, id)
			// Read in the pod: a packet of -i any carries the index of its device, whose name is known only there.
			read := append(append([]string{"tcpdump", "-Z", "root", "-n"}, c.display...), "-r", n.save(t, id, "x.pcap").Path)
			want := strings.Split(strings.TrimSuffix(n.run(t, cart, read...).out, "\n"), "\n")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-file +screen)\n%s", diff)
			}
			if err := containsAll(strings.Join(notes, "\n"), "60 packets captured", "0 packets dropped by kernel"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACaptureThatCannotStartSaysWhyAndHasNothingToSave(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		name, want string
		arguments  []string
	}{
		{"no such device", "No such device exists", []string{"-i", "eth9"}},
		{"an invalid filter", "syntax error", []string{"-i", "eth0", "and and"}},
		{"an unknown option", "no-such-option", []string{"--no-such-option"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := n.start(t, Request{Pod: shop, Argv: append([]string{"tcpdump"}, c.arguments...), Text: true})
			state := n.wait(t, id)
			if state.Status() != 1 || state.Outcome() != "exit 1" {
				t.Errorf("status %d, %s", state.Status(), state.Outcome())
			}
			text, notes := n.allLines(t, id)
			if err := containsAll(strings.Join(notes, "\n"), c.want); err != nil || len(text) > 0 {
				t.Errorf("%v, and text %q", err, text)
			}
			if strings.Contains(strings.Join(notes, "\n"), "podtracer") {
				t.Errorf("the decoder complains about a capture that never began: %q", notes)
			}
			dir := t.TempDir()
			_, err := n.Save(t.Context(), id, save.Target{Path: filepath.Join(dir, "new", "x.pcap")})
			if err == nil || hint.Of(err) == "" {
				t.Errorf("save: %v, hint %q", err, hint.Of(err))
			}
			expectEmpty(t, dir)
		})
	}
}

func expectEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("left behind: %s", entry.Name())
	}
}

func TestADecoderThatFailsIsToldAndTheCaptureGoesOn(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	id := n.capture(t, "-i", "eth0", "-n", "-T", "no-such-type")
	n.untilLine(t, id, "podtracer: the text of the packets ends here")
	n.untilLine(t, id, "unknown packet type")
	was := n.state(t, id).Packets
	n.until(t, id, "more packets", func(s State) bool { return s.Packets > was+5 })
	n.stopAndWait(t, id)
	if saved := n.save(t, id, "x.pcap"); saved.Packets <= was {
		t.Errorf("got %+v", saved)
	}
	_, notes := n.allLines(t, id)
	if err := containsAll(strings.Join(notes, "\n"), "packets captured"); err != nil {
		t.Errorf("what tcpdump says at the end is not shown: %v", err)
	}
}
