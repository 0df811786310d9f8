package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
)

// traffic makes packets between shop and cart for as long as the test runs.
func traffic(t *testing.T, n *node) {
	t.Helper()
	if err := n.demo.Ping(t.Context(), shop.UID, cartAddr, 3*time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

// capture starts a capture in the way of the console and waits until it listens.
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

func (n *node) save(t *testing.T, id RunID, name string) Saved {
	t.Helper()
	saved, err := n.Save(within(t, patience), id, Target{Path: filepath.Join(t.TempDir(), name)})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// readPcap lets tcpdump read a file, as a person would, and returns its lines and what it says beside.
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
		read    bool // somebody reads along
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
			state := n.stopAndWait(t, id) // at once: what tcpdump or the kernel still holds must come all the same
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
	if took := r.Ended.Sub(r.Began); r.Status() != 0 || took > settleMost {
		t.Errorf("took %v: %+v", took, r.State)
	}
	if r.Bytes > 1000 || r.Bytes < 800 || int64(len(r.out)) != r.Bytes || r.Verdict() != "complete" {
		t.Errorf("%d bytes, %d delivered: not cut behind the last packet that has room; verdict %q", r.Bytes, len(r.out), r.Verdict())
	}
}

func TestNamesThatNobodyKnowsHoldTheTextButNotTheCaptureNorItsEnd(t *testing.T) {
	n := newNode(t)
	serveShop(t, n)
	if err := n.demo.RemovePod(dns.UID); err != nil { // the pods' resolver does not answer any more
		t.Fatal(err)
	}
	id := n.capture(t, "-i", "eth0", "icmp") // without -n
	traffic(t, n)
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 20 })
	began := time.Now()
	state := n.stopAndWait(t, id)
	if took := time.Since(began); took > 10*time.Second || state.Status() != 0 {
		t.Errorf("took %v, status %d, %+v", took, state.Status(), state)
	}
	_, notes := n.allLines(t, id)
	if err := containsAll(strings.Join(notes, "\n"), "packets captured", "podtracer: the text of the packets ends here"); err != nil {
		t.Error(err)
	}
	if saved := n.save(t, id, "x.pcap"); saved.Packets != state.Packets || saved.Packets <= 20 {
		t.Errorf("%d packets counted, %d saved", state.Packets, saved.Packets)
	}
}

func TestTheTextOfPacketsComesWhileTheCaptureRuns(t *testing.T) {
	n := newNode(t)
	id := n.capture(t, "-i", "eth0", "-n", "icmp")
	began := time.Now()
	traffic(t, n)
	n.untilLine(t, id, "ICMP echo request")
	if took := time.Since(began); took > 5*time.Second {
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
			// Read in the pod: a packet of -i any has the number of its device, whose name is known there only.
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

func TestASaveWhileTheCaptureRunsHasWholePacketsAndTheLaterOneGoesOnFromThere(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	id := n.capture(t, "-i", "eth0", "-n")
	n.until(t, id, "packets", func(s State) bool { return s.Packets > 20 })
	var before []byte
	for range 3 {
		saved := n.save(t, id, "x.pcap")
		content := readAll(t, saved.Path)
		lines, said := readPcap(t, saved.Path)
		if !saved.Partial || int64(len(lines)) != saved.Packets || saved.Packets < 20 || strings.Contains(said, "truncated") {
			t.Errorf("%d lines of %+v; tcpdump says %q", len(lines), saved, said)
		}
		if !strings.HasPrefix(content, string(before)) || int64(len(content)) != saved.Bytes {
			t.Errorf("%d bytes, saved are %+v", len(content), saved)
		}
		before = []byte(content)
		n.until(t, id, "more packets", func(s State) bool { return s.Packets > saved.Packets+5 })
	}
	n.stopAndWait(t, id)
	whole := n.save(t, id, "x.pcap")
	if content := readAll(t, whole.Path); whole.Partial || !strings.HasPrefix(content, string(before)) || len(content) <= len(before) {
		t.Errorf("got %+v", whole)
	}
}

func TestASavedCaptureIsTheStreamBitForBit(t *testing.T) {
	n := newNode(t)
	traffic(t, n)
	r := n.run(t, cart, "tcpdump", "-i", "eth0", "-n", "-c", "50", "-w", "-")
	if r.Status() != 0 || !r.Capture || r.Packets != 50 {
		t.Fatalf("%s: %+v", r.err, r.State)
	}
	saved := n.save(t, r.id, "x.pcap")
	if readAll(t, saved.Path) != r.out {
		t.Error("the saved file is not what the tool wrote")
	}
	sum := sha256.Sum256([]byte(r.out))
	if saved.SHA256 != hex.EncodeToString(sum[:]) || saved.Bytes != int64(len(r.out)) || saved.Packets != 50 {
		t.Errorf("got %+v", saved)
	}
	if err := containsAll(onHost(t, "sha256sum", saved.Path), saved.SHA256); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(saved.Path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v: a capture is for its owner only", info.Mode(), err)
	}
	if lines, _ := readPcap(t, saved.Path); len(lines) != 50 {
		t.Errorf("tcpdump reads %d packets", len(lines))
	}
}

func TestATextRunIsSavedByteForByteAndShownLineByLine(t *testing.T) {
	n := newNode(t)
	const script = `printf 'plain\n\twith tab\r\n\033[31mred\033[0m\n\377\376 not UTF-8\n'; seq 200000; echo "to stderr" >&2; printf 'no end'`
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", script}, Text: true, Terminal: &Size{100, 30}})
	state := n.wait(t, id)
	want := "plain\n\twith tab\r\n\033[31mred\033[0m\n\377\376 not UTF-8\n" + onHost(t, "seq", "200000") + "to stderr\nno end"
	saved := n.save(t, id, "x.txt")
	if got := readAll(t, saved.Path); got != want || saved.Bytes != int64(len(want)) || state.Bytes != saved.Bytes {
		t.Errorf("%d bytes saved, %d written: %+v", len(got), len(want), saved)
	}
	lines, _ := n.allLines(t, id)
	if diff := cmp.Diff(strings.Split(strings.ReplaceAll(want, "\r\n", "\n"), "\n"), lines); diff != "" || state.Lines != uint64(len(lines)) {
		t.Errorf("%d lines counted of %d: %s", state.Lines, len(lines), diff[:min(len(diff), 2000)])
	}
	size := n.runRequest(t, Request{Pod: shop, Argv: []string{"stty", "size"}, Text: true, Terminal: &Size{100, 30}, Stdin: nil})
	if size.Status() == 0 { // it asks its standard input, which is no terminal
		t.Errorf("got %q", size.out)
	}
	if r := n.runRequest(t, Request{Pod: shop, Argv: []string{"sh", "-c", "stty size <&2; echo $TERM"}, Text: true, Terminal: &Size{100, 30}}); r.out != "30 100\ndumb\n" {
		t.Errorf("the tool sees a terminal of %q", r.out)
	}
}

func TestACaptureThatCannotStartSaysWhyAndHasNothingToSave(t *testing.T) {
	n := newNode(t)
	for _, c := range []struct {
		name, want string
		arguments  []string
	}{
		{"no such device", "No such device exists", []string{"-i", "eth9"}},
		{"a filter that is none", "syntax error", []string{"-i", "eth0", "and and"}},
		{"an option that is none", "no-such-option", []string{"--no-such-option"}},
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
				t.Errorf("the decoder has its say about a capture that never was: %q", notes)
			}
			dir := t.TempDir()
			_, err := n.Save(t.Context(), id, Target{Path: filepath.Join(dir, "new", "x.pcap")})
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

func TestNoFileIsReplacedUnasked(t *testing.T) {
	n := newNode(t)
	id := n.run(t, shop, "echo", "new").id
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Save(t.Context(), id, Target{Path: path}); !errors.Is(err, ErrExists) || hint.Of(err) == "" || readAll(t, path) != "old\n" {
		t.Errorf("got %v, hint %q, and %q is there", err, hint.Of(err), readAll(t, path))
	}
	if saved, err := n.Save(t.Context(), id, Target{Path: path, Overwrite: true}); err != nil || saved.Bytes != 4 || readAll(t, path) != "new\n" {
		t.Errorf("got %v, and %q is there", err, readAll(t, path))
	}
	dangling := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink("/nowhere/at/all", dangling); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Save(t.Context(), id, Target{Path: dangling}); !errors.Is(err, ErrExists) {
		t.Errorf("a dangling link was replaced: %v", err)
	}
	if _, err := n.Save(t.Context(), id, Target{Path: filepath.Dir(path), Overwrite: true}); err == nil {
		t.Error("a directory was replaced")
	}
	if left, _ := filepath.Glob(filepath.Dir(path) + "/.podtracer-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOfManySavesToOneNameOneWinsAndTheOthersAreToldSo(t *testing.T) {
	n := newNode(t)
	id := n.run(t, shop, "head", "-c", "100000", "/dev/zero").id
	dir := t.TempDir()
	results := make(chan error)
	for range 8 {
		go func() { // ended by Save
			_, err := n.Save(context.Background(), id, Target{Path: filepath.Join(dir, "x")})
			results <- err
		}()
	}
	won := 0
	for range 8 {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, ErrExists):
			t.Error(err)
		}
	}
	if entries, _ := os.ReadDir(dir); won != 1 || len(entries) != 1 {
		t.Errorf("%d won, there is %v", won, entries)
	}
}

func TestASaveThatCannotBeWrittenSaysSoAndLeavesNothing(t *testing.T) {
	n := newNode(t)
	id := n.run(t, shop, "head", "-c", "300000", "/dev/zero").id
	readOnly, small := tmpfs(t, "ro"), tmpfs(t, "size=128k")
	file := writeScript(t, "a file", 0o600)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name, want string
		ctx        context.Context
		path, dir  string
	}{
		{"a disk that cannot be written", "read-only file system", t.Context(), readOnly + "/x", readOnly},
		{"a new directory on it", "read-only file system", t.Context(), readOnly + "/new/x", readOnly},
		{"a disk that is full", "no space left on device", t.Context(), small + "/x", small},
		{"a new directory on it, too", "no space left on device", t.Context(), small + "/a/b/x", small},
		{"a directory that is a file", "not a directory", t.Context(), file + "/x", ""},
		{"nobody waits any more", "context canceled", gone, small + "/x", small},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := n.Save(c.ctx, id, Target{Path: c.path})
			if err == nil {
				t.Fatal("it was saved")
			}
			if err := containsAll(err.Error(), "save "+c.path+": ", c.want); err != nil {
				t.Error(err)
			}
			if c.dir != "" {
				expectEmpty(t, c.dir)
			}
		})
	}
	if _, err := n.Save(t.Context(), 99, Target{Path: small + "/x"}); !errors.Is(err, ErrNoRun) {
		t.Errorf("got %v", err)
	}
}

func TestADiskThatFillsUpStopsTheRunAndIsPartOfItsStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		argv []string
	}{
		{"a tool that goes on", []string{"cat", "/dev/zero"}},
		{"a tool that has ended when the disk is full", []string{"head", "-c", "1200000", "/dev/zero"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNodeAt(t, tmpfs(t, "size=1m"))
			id := n.start(t, Request{Pod: shop, Argv: c.argv})
			state := n.wait(t, id)
			if !errors.Is(state.Cause, ErrSpool) || state.Status() != StatusLost || state.Exit.Killed {
				t.Errorf("status %d, cause %v: %+v", state.Status(), state.Cause, state)
			}
			if err := containsAll(state.Outcome(), "its output could not be kept", "no space left on device"); err != nil {
				t.Error(err)
			}
			saved := n.save(t, id, "x") // on another disk: what was kept is there
			if saved.Bytes != state.Bytes || saved.Bytes < 900<<10 {
				t.Errorf("%d bytes are kept, %d saved", state.Bytes, saved.Bytes)
			}
			copied, err := io.Copy(io.Discard, n.runs[id-1].spool.follow(t.Context()))
			if err != nil || copied != saved.Bytes {
				t.Errorf("a follower got %d bytes, %v", copied, err)
			}
		})
	}
}

// talker is a launcher whose tool says much and has ended when that is read.
type talker struct{}

func (talker) Launch(_ context.Context, _ k8s.Pod, _ []string, s Streams) (Exit, error) {
	s.Started()
	for range 20 {
		_, _ = s.Stdout.Write(make([]byte, 100_000)) // as Local, which lets no error of it stop the tool
	}
	return Exit{}, nil
}

func TestOutputThatIsLostWhenTheToolHasEndedWellIsPartOfTheStatusToo(t *testing.T) {
	runs, err := NewRuns(context.Background(), Deps{Launcher: talker{}, Pods: &fakePods{}, Here: here, DataDir: tmpfs(t, "size=1m")})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{Runs: runs}
	state := n.wait(t, n.start(t, Request{Pod: shop, Argv: []string{"true"}}))
	if !errors.Is(state.Cause, ErrSpool) || state.Status() != StatusLost {
		t.Errorf("status %d, %+v", state.Status(), state)
	}
	closeInTime(t, runs)
}

func TestACaptureOnADiskThatFillsUpKeepsItsWholePackets(t *testing.T) {
	for _, c := range []struct {
		name   string
		disk   string
		change func(*Request)
		cause  error
		loss   LossKind
		status int
	}{
		{"the tool writes, until no more can be reserved", "40m", func(r *Request) { r.Limits.MinFree = -1 }, ErrSpool, LostToDisk, StatusLost},
		{"podtracer writes, until nothing is free", "1m", func(r *Request) { r.Limits.MinFree, r.Headers = -1, true }, ErrSpool, LostToDisk, StatusLost},
		{"some of it stays free", "200m", func(*Request) {}, ErrMinFree, LostToFreeSpace, StatusLost},
		{"as much stays free as was asked for", "200m", func(r *Request) { r.Limits.MinFree = 100 << 20 }, ErrMinFree, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNodeAt(t, tmpfs(t, "size="+c.disk))
			needTools(t, "tcpdump", "ping")
			r := Request{Pod: cart, Argv: []string{"tcpdump", "-i", "eth0", "-n", "icmp"}, Text: true}
			c.change(&r)
			id := n.start(t, r)
			n.until(t, id, "capturing", func(s State) bool { return s.Device != "" })
			n.start(t, Request{
				Pod: shop, Argv: []string{"ping", "-f", "-q", "-s", "1400", cartAddr.String()}, Limits: Limits{Timer: patience, MinFree: -1},
			})
			state := n.wait(t, id)
			drops := state.Counters.Dropped() > 0 // the flood may be too much for this machine; that is no matter of the disk
			if !errors.Is(state.Cause, c.cause) || !drops && state.Status() != c.status {
				t.Errorf("status %d, cause %v, verdict %q", state.Status(), state.Cause, state.Verdict())
			}
			if lost := slices.ContainsFunc(state.Losses, func(l Loss) bool { return l.Kind == c.loss }); lost != (c.loss != "") {
				t.Errorf("the verdict is %q: %+v", state.Verdict(), state.Losses)
			}
			saved := n.save(t, id, "x.pcap")
			if saved.Packets != state.Packets {
				t.Errorf("%d packets were counted, %d saved", state.Packets, saved.Packets)
			}
			if lines, said := readPcap(t, saved.Path); int64(len(lines)) != saved.Packets || saved.Packets < 100 || strings.Contains(said, "truncated") {
				t.Errorf("%d lines of %+v; tcpdump says %q", len(lines), saved, said)
			}
		})
	}
}

func TestADataDirectoryThatCannotBeUsedIsAnErrorWithAHint(t *testing.T) {
	full := tmpfs(t, "size=64k")
	_ = os.WriteFile(filepath.Join(full, "big"), make([]byte, 64<<10), 0o600) // as much of it as there is room for
	for name, dir := range map[string]string{
		"read-only":            tmpfs(t, "ro"),
		"full":                 full,
		"a file":               writeScript(t, "", 0o600),
		"below a file":         writeScript(t, "", 0o600) + "/data",
		"where nobody may be":  "/proc/podtracer",
		"a name that is wrong": strings.Repeat("x", 300),
	} {
		t.Run(name, func(t *testing.T) {
			runs, err := NewRuns(t.Context(), Deps{Here: here, DataDir: dir})
			if err == nil {
				_ = runs.Close()
				t.Fatal("it was opened")
			}
			if err := containsAll(hint.Of(err), "--data-dir"); err != nil {
				t.Errorf("%v: %v", err, err)
			}
		})
	}
	if left := globbed(full + "/sessions/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheDefaultNameOfASavedFileSaysWhatItIs(t *testing.T) {
	n := newNode(t)
	created := time.Date(2026, 11, 22, 9, 15, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		state State
		want  string
	}{
		{State{Pod: shop, Argv: []string{"/usr/bin/tcpdump", "-n"}, Created: created, Capture: true}, "shop_shop_tcpdump_20261122T081500Z.pcapng"},
		{State{Pod: cart, Argv: []string{"ip", "a"}, Created: created}, "shop_cart_ip_20261122T081500Z.txt"},
	} {
		if got, want := n.DefaultPath(c.state), filepath.Join(n.data, c.want); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
