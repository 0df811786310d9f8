package save

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/pcap"
)

const pcapngExtension = ".pcapng"

// writePcapng writes a capture with everything that is known about it: its pod, how it was made, the names of its addresses, and
// what is missing.
func (r Recording) writePcapng(ctx context.Context, f *os.File, found *surveyed) error {
	names, problem := r.names(ctx, found.addrs)
	if found.more && r.By.Names != nil {
		problem = strings.TrimPrefix(fmt.Sprintf("%s; only the first %d addresses were looked up", problem, mostAddrs), "; ")
	}
	crc := crc32.New(castagnoli)
	w, err := pcap.NewNGWriter(io.MultiWriter(f, crc), r.section(problem))
	if err != nil {
		return err
	}
	device, err := w.AddInterface(r.device(found))
	if err != nil {
		return err
	}
	if err := w.WriteNames(names); err != nil { // names first, for tools that read the file once
		return err
	}
	packets, err := pcap.NewReader(untilDone(ctx, found.content.Open()))
	if err != nil {
		return err
	}
	for range found.packets {
		packet, err := packets.Next()
		if err != nil {
			return err
		}
		if err := w.WritePacket(device, found.header, packet); err != nil {
			return err
		}
	}
	if err := w.WriteStatistics(device, r.statistics(found.packets)); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	found.pcapng, found.written = true, crc.Sum32()
	return nil
}

// names asks for the names that the addresses had when the capture was made.
func (r Recording) names(ctx context.Context, addrs []netip.Addr) (records []pcap.NameRecord, problem string) {
	if r.By.Names == nil || len(addrs) == 0 {
		return nil, ""
	}
	at := r.Ended
	if at.IsZero() {
		at = time.Now()
	}
	names, err := r.By.Names.Names(ctx, addrs, at)
	if err != nil {
		problem = err.Error()
	} else {
		problem = names.Incomplete()
	}
	for _, addr := range addrs {
		name, known := r.own(addr) // even if the address now belongs to another pod
		if !known {
			name, known = names.At(addr, at)
		}
		if !known { // its owner may have lost it meanwhile
			name, known = names.At(addr, r.Began)
		}
		if known {
			records = append(records, pcap.NameRecord{Addr: addr, Names: []string{name.String()}})
		}
	}
	return records, problem
}

// own returns the pod's name for its own addresses. A pod with hostNetwork has none.
func (r Recording) own(addr netip.Addr) (k8s.Name, bool) {
	if r.Pod.HostNetwork || !slices.ContainsFunc(r.Pod.IPs, func(ip string) bool {
		own, err := netip.ParseAddr(ip)
		return err == nil && own.Unmap() == addr.Unmap()
	}) {
		return k8s.Name{}, false
	}
	return k8s.Name{Kind: k8s.PodAddress, Namespace: r.Pod.Namespace, Name: r.Pod.Name}, true
}

// section says how the capture was made.
func (r Recording) section(problem string) pcap.Section {
	comments := []string{
		fmt.Sprintf("%s in pod %s on node %s, from %s", command.Join(r.Argv), r.Pod, r.Pod.Node, r.Began.UTC().Format(time.RFC3339Nano)),
		"verdict: " + r.Verdict().String(),
	}
	if r.By.Person != "" {
		comments = append(comments, "run by "+r.By.Person)
	}
	if !r.Over {
		comments = append(comments, "the capture so far: it went on when this file was saved")
	}
	if problem != "" {
		comments = append(comments, "some names are missing: "+problem)
	}
	return pcap.Section{Application: r.By.Program, OS: runtime.GOOS, Comments: comments}
}

// device describes the interface that was captured on, with the pod's name. libpcap refuses a pcapng with a packet that is longer than
// the interface's snapshot length, so the longest packet counts if the file header has a smaller one.
func (r Recording) device(found *surveyed) pcap.Interface {
	name, h := r.Device, found.header
	if name == "" {
		name = "eth0"
	}
	if h.SnapLen > 0 { // 0: no limit
		h.SnapLen = max(h.SnapLen, found.longest)
	}
	return pcap.Interface{
		Name: name, Description: describe(r.Pod), Filter: r.Filter, LinkType: h.LinkType, SnapLen: h.SnapLen, FCS: h.FCS, Nanos: h.Nanos,
	}
}

// describe says everything about a pod, its name first.
func describe(p k8s.Pod) string {
	words := []string{p.String()}
	for _, word := range [][2]string{
		{"node", p.Node}, {"uid", p.UID}, {"labels", p.Labels}, {"containers", strings.Join(p.ContainerNames, ",")},
	} {
		if word[1] != "" {
			words = append(words, word[0]+"="+word[1])
		}
	}
	return strings.Join(words, " ")
}

func (r Recording) statistics(packets int64) pcap.Statistics {
	delivered := uint64(packets)
	end := r.Ended
	if end.IsZero() {
		end = time.Now()
	}
	statistics := pcap.Statistics{Start: r.Began, End: end, Delivered: &delivered, Comments: []string{r.Verdict().String()}}
	if c := r.Counters; c.Known {
		statistics.Accepted, statistics.OSDropped, statistics.InterfaceDropped = &c.Received, &c.KernelDropped, &c.InterfaceDropped
	}
	return statistics
}
