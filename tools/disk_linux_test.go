package tools

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/report"
)

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
			saved := n.save(t, id, "x") // on another disk: everything that was kept can be saved
			if saved.Bytes != state.Bytes || saved.Bytes < 900<<10 {
				t.Errorf("%d bytes are kept, %d saved", state.Bytes, saved.Bytes)
			}
			copied, err := io.Copy(io.Discard, n.runs[id-1].spool.Follow(t.Context()))
			if err != nil || copied != saved.Bytes {
				t.Errorf("a follower got %d bytes, %v", copied, err)
			}
		})
	}
}

// talker is a launcher whose tool writes 100,000 bytes and has already ended when they are read.
type talker struct{ onThisNode }

func (talker) Launch(_ context.Context, _ k8s.Pod, _ []string, s launch.Streams) (launch.Exit, error) {
	s.Started()
	for range 20 {
		_, _ = s.Stdout.Write(make([]byte, 100_000)) // ignored as in Local, which does not stop the tool for it
	}
	return launch.Exit{}, nil
}

func TestOutputThatIsLostWhenTheToolHasEndedWellIsPartOfTheStatusToo(t *testing.T) {
	runs, err := NewRuns(context.Background(), Deps{Launcher: talker{}, Pods: &fakePods{}, DataDir: tmpfs(t, "size=1m")})
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
		loss   report.LossKind
		status int
	}{
		{"the tool writes, until no more can be reserved", "40m", func(r *Request) { r.Limits.MinFree = -1 }, ErrSpool, report.LostToDisk, StatusLost},
		{"podtracer writes, until nothing is free", "1m", func(r *Request) { r.Limits.MinFree, r.Headers = -1, true }, ErrSpool, report.LostToDisk, StatusLost},
		{"some of it stays free", "60m", func(*Request) {}, ErrMinFree, report.LostToFreeSpace, StatusLost},
		{"as much stays free as was asked for", "130m", func(r *Request) { r.Limits.MinFree = 100 << 20 }, ErrMinFree, "", 0},
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
			drops := state.Counters.Dropped() > 0 // the flood may be too fast for this machine; that has nothing to do with the disk
			if !errors.Is(state.Cause, c.cause) || !drops && state.Status() != c.status {
				t.Errorf("status %d, cause %v, verdict %q", state.Status(), state.Cause, state.Verdict().String())
			}
			if lost := slices.ContainsFunc(state.Losses, func(l report.Loss) bool { return l.Kind == c.loss }); lost != (c.loss != "") {
				t.Errorf("the verdict is %q: %+v", state.Verdict().String(), state.Losses)
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
	_ = os.WriteFile(filepath.Join(full, "big"), make([]byte, 64<<10), 0o600) // as much of the file as fits
	for name, dir := range map[string]string{
		"read-only":            tmpfs(t, "ro"),
		"full":                 full,
		"a file":               writeScript(t, "", 0o600),
		"below a file":         writeScript(t, "", 0o600) + "/data",
		"where nobody may be":  "/proc/podtracer",
		"a name that is wrong": strings.Repeat("x", 300),
	} {
		t.Run(name, func(t *testing.T) {
			runs, err := NewRuns(t.Context(), Deps{DataDir: dir})
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
