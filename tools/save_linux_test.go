package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/tools/launch"
	"github.com/fennec-project/podtracer/tools/save"
)

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
			t.Errorf("tcpdump reads %d packets of %+v and says %q", len(lines), saved, said)
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
	id := n.start(t, Request{Pod: shop, Argv: []string{"sh", "-c", script}, Text: true, Terminal: &launch.Size{Columns: 100, Rows: 30}})
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
	size := n.runRequest(t, Request{Pod: shop, Argv: []string{"stty", "size"}, Text: true, Terminal: &launch.Size{Columns: 100, Rows: 30}, Stdin: nil})
	if size.Status() == 0 { // stty asks its standard input, which is not a terminal
		t.Errorf("got %q", size.out)
	}
	if r := n.runRequest(t, Request{Pod: shop, Argv: []string{"sh", "-c", "stty size <&2; echo $TERM"}, Text: true, Terminal: &launch.Size{Columns: 100, Rows: 30}}); r.out != "30 100\ndumb\n" {
		t.Errorf("the tool sees a terminal of %q", r.out)
	}
}

func TestNoFileIsReplacedUnasked(t *testing.T) {
	n := newNode(t)
	id := n.run(t, shop, "echo", "new").id
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Save(t.Context(), id, save.Target{Path: path}); !errors.Is(err, newfile.ErrExists) || hint.Of(err) == "" || readAll(t, path) != "old\n" {
		t.Errorf("got %v, hint %q; the file contains %q", err, hint.Of(err), readAll(t, path))
	}
	if saved, err := n.Save(t.Context(), id, save.Target{Path: path, Overwrite: true}); err != nil || saved.Bytes != 4 || readAll(t, path) != "new\n" {
		t.Errorf("got %v; the file contains %q", err, readAll(t, path))
	}
	dangling := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink("/nowhere/at/all", dangling); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Save(t.Context(), id, save.Target{Path: dangling}); !errors.Is(err, newfile.ErrExists) {
		t.Errorf("a dangling link was replaced: %v", err)
	}
	if _, err := n.Save(t.Context(), id, save.Target{Path: filepath.Dir(path), Overwrite: true}); err == nil {
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
			_, err := n.Save(context.Background(), id, save.Target{Path: filepath.Join(dir, "x")})
			results <- err
		}()
	}
	won := 0
	for range 8 {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, newfile.ErrExists):
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
		{"a disk that is full", "no space left on device", t.Context(), small + "/x", small},
		{"a directory that is missing", "no such file or directory", t.Context(), small + "/a/b/x", small},
		{"a directory that is a file", "not a directory", t.Context(), file + "/x", ""},
		{"nobody waits any more", "context canceled", gone, small + "/x", small},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := n.Save(c.ctx, id, save.Target{Path: c.path})
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
	if _, err := n.Save(t.Context(), 99, save.Target{Path: small + "/x"}); !errors.Is(err, ErrNoRun) {
		t.Errorf("got %v", err)
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
