package tools

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/save"
)

// named gives the node's runs a cluster that knows the pods' names.
func (n *node) named(t *testing.T) {
	t.Helper()
	memory := k8s.NewMemory("test", "shop")
	for _, pod := range []k8s.Pod{shop, cart, dns} {
		if err := memory.Put(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
	}
	n.deps.Maker = save.Maker{Names: memory.Cluster(), Program: "podtracer test", Person: "anna@node-a"}
}

func TestAPcapngSaysAllThatIsKnownOfThePodTheRunAndTheAddresses(t *testing.T) {
	needTools(t, "tshark", "capinfos")
	n := newNode(t)
	n.named(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil)
	s.send(t, 30, 100)
	n.until(t, id, "packets", func(s State) bool { return s.Packets == 30 && s.Counters.Known })
	state := n.stopAndWait(t, id)
	saved := n.save(t, id, "x.pcapng")
	if saved.Packets != 30 || saved.Verdict.String() != "complete" {
		t.Errorf("saved %+v", saved)
	}

	f, err := os.Open(saved.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewNGReader(f)
	if err != nil {
		t.Fatal(err)
	}
	packets := 0
	for _, err = r.Next(); err == nil; _, err = r.Next() {
		packets++
	}
	if !errors.Is(err, io.EOF) || packets != 30 {
		t.Errorf("%d packets, %v", packets, err)
	}
	device := r.Interfaces()[0]
	if device.Name != "eth0" || device.Description != "shop/cart node=node-a uid=uid-cart" || device.Filter != "udp and dst port 9" {
		t.Errorf("the interface is %+v", device)
	}
	if err := containsAll(strings.Join(r.Section().Comments, "\n"), "verdict: complete", "tcpdump -i eth0", "pod shop/cart on node node-a", "anna@node-a"); err != nil {
		t.Error(err)
	}
	counters := r.Statistics()[0]
	if *counters.Accepted != state.Counters.Received || *counters.OSDropped != 0 || *counters.Delivered != 30 || counters.Start.UnixMicro() != state.Began.UnixMicro() {
		t.Errorf("the statistics are %+v of %+v", counters, state.Counters)
	}

	shown, err := exec.Command("tshark", "-n", "-N", "n", "-r", saved.Path).CombinedOutput()
	if err != nil || strings.Count(string(shown), "shop.shop → cart.shop") != 30 {
		t.Errorf("tshark shows, %v:\n%s", err, shown)
	}
	if lines, said := readPcap(t, saved.Path); len(lines) != 30 || strings.Contains(said, "truncated") {
		t.Errorf("tcpdump reads %d packets: %s", len(lines), said)
	}
	if infos := onHost(t, "capinfos", saved.Path); !strings.Contains(infos, "podtracer test") || !strings.Contains(infos, "Number of resolved IPv4 addresses in file: 2") {
		t.Errorf("capinfos says:\n%s", infos)
	}
}

func TestAPcapngOfACaptureThatLostPacketsSaysHowMany(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, nil, "-B", "4096")
	stopped(t, toolOf(t, n.state(t, id).Argv), func() { s.send(t, 5000, 100) })
	state := n.stopAndWait(t, id)
	f, err := os.Open(n.save(t, id, "x.pcapng").Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewNGReader(f)
	for err == nil {
		_, err = r.Next()
	}
	if counters := r.Statistics()[0]; *counters.OSDropped != state.Counters.KernelDropped || *counters.OSDropped == 0 || counters.Comments[0] != state.Verdict().String() {
		t.Errorf("the statistics are %+v of %+v", counters, state)
	}
}

func TestAnEmptyCaptureIsSavedAsOne(t *testing.T) {
	n := newNode(t)
	id := n.captureFlood(t, nil)
	n.stopAndWait(t, id)
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		saved := n.save(t, id, name)
		if lines, _ := readPcap(t, saved.Path); saved.Packets != 0 || lines[0] != "" {
			t.Errorf("%+v, %q", saved, lines)
		}
	}
}
