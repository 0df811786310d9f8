package tools

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/save"
)

func TestASetOfCapturesIsSavedWhileItRunsAndWhenItHasEnded(t *testing.T) {
	needTools(t, "tshark", "mergecap", "capinfos")
	n := newNode(t)
	n.named(t)
	s := newSender(t, n, shop)
	set := n.NewSet()
	member := func(r *Request) { r.Set = set }
	ids := []RunID{
		n.captureFlood(t, member),
		n.captureFlood(t, func(r *Request) { member(r); r.Pod, r.Ring.Size = shop, 8<<20 }),
	}
	s.send(t, 30, 100)
	for _, id := range ids {
		n.until(t, id, "packets", func(s State) bool { return s.Packets == 30 })
	}
	dir := t.TempDir()
	saved, err := n.SaveSet(t.Context(), set, save.Target{Path: filepath.Join(dir, "so-far.pcapng")})
	if err != nil || saved.Files[0].Packets != 60 || !saved.Files[0].Partial || cmp.Diff(ids, saved.Runs) != "" {
		t.Errorf("%+v, %v", saved, err)
	}
	s.send(t, 20, 100)
	merged := []string{"mergecap", "-w", filepath.Join(dir, "merged.pcapng")}
	for _, id := range ids {
		n.until(t, id, "more packets", func(s State) bool { return s.Packets == 50 && s.Counters.Known })
		n.stopAndWait(t, id)
	}
	saved, err = n.SaveSet(t.Context(), set, save.Target{Path: filepath.Join(dir, "x.pcapng")})
	if err != nil || saved.Files[0].Packets != 100 || saved.Files[0].Partial || saved.Verdict.String() != "complete" || len(saved.Files) != 1 {
		t.Fatalf("%+v, %v", saved, err)
	}
	for _, id := range ids {
		merged = append(merged, n.save(t, id, "single.pcapng").Path)
	}
	onHost(t, merged...)
	packets := func(file string) []string {
		shown := onHost(t, "tshark", "-n", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_description", "-e", "frame.len", "-e", "ip.id", "-e", "data", "-r", file)
		return slices.DeleteFunc(strings.Split(shown, "\n"), func(line string) bool { return !strings.Contains(line, "node=") }) // what tshark says besides
	}
	want, got := packets(merged[2]), packets(saved.Files[0].Path)
	if !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(a[:20], b[:20]) }) { // seconds and nanoseconds
		t.Errorf("not in the order of time:\n%s", strings.Join(got, "\n"))
	}
	slices.Sort(want) // of packets with the same time, mergecap takes the last pod's first
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if infos := onHost(t, "capinfos", "-M", saved.Files[0].Path); strings.Count(infos, "Number of packets = 50") != 2 || !strings.Contains(infos, "Name = shop/cart:eth0") {
		t.Errorf("capinfos says:\n%s", infos)
	}
	if lines, said := readPcap(t, saved.Files[0].Path); len(lines) != 100 || strings.Contains(said, "truncated") {
		t.Errorf("tcpdump reads %d packets: %s", len(lines), said)
	}
	if shown := onHost(t, "tshark", "-n", "-N", "n", "-r", saved.Files[0].Path); strings.Count(shown, "shop.shop → cart.shop") != 100 {
		t.Errorf("tshark shows\n%s", shown)
	}
}

func TestASetIsKeptUntilAllOfItIsInAFile(t *testing.T) {
	n := recordedIn(t, t.TempDir(), pcaptest.Stream(5))
	set := n.NewSet()
	text := n.start(t, Request{Pod: cart, Argv: []string{"ip", "a"}, Set: set})
	n.wait(t, text)
	to := save.Target{Path: filepath.Join(t.TempDir(), "x.pcapng")}
	if _, err := n.SaveSet(t.Context(), set, to); !errors.Is(err, errNoCapture) {
		t.Errorf("a set without captures: %v", err)
	}
	if _, err := n.SaveSet(t.Context(), set+1, to); !errors.Is(err, ErrNoSet) {
		t.Errorf("got %v", err)
	}
	set = n.NewSet()
	if _, err := n.SaveSet(t.Context(), set, to); err == nil {
		t.Error("an empty set was saved")
	}
	for _, pod := range []Pod{shop, cart} {
		n.wait(t, n.start(t, Request{Pod: pod, Argv: []string{"tcpdump", "-w", "-"}, Set: set}))
	}
	saved, err := n.SaveSet(t.Context(), set, to)
	if err != nil || saved.Files[0].Packets != 10 {
		t.Errorf("%+v, %v", saved, err)
	}
	if kept, err := n.Leave(); kept != 1 || err != nil { // the text
		t.Errorf("%d were kept, %v", kept, err)
	}
}
