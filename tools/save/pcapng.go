package save

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/clock"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/pcap"
)

const pcapngExtension = ".pcapng"

// pcapngFile is what a pcapng is made from: the packets of one run, or of several in the order of their times.
type pcapngFile struct {
	by       Maker
	parts    []part
	addrs    addressSet
	comments []string // about the whole file
	align    bool     // the times are corrected
}

// part is a run in a pcapng.
type part struct {
	Recording
	found    surveyed
	device   string   // the interface's name
	comments []string // about this run
}

// write writes the runs with everything that is known about them: their pods, how they were captured, the names of their addresses, and
// what is missing. It returns the CRC-32C of what it wrote.
func (p *pcapngFile) write(ctx context.Context, f io.Writer) (sum uint32, err error) {
	names, problem := p.names(ctx)
	crc := crc32.New(castagnoli)
	w, err := pcap.NewNGWriter(io.MultiWriter(f, crc), p.section(problem))
	if err != nil {
		return 0, err
	}
	for _, part := range p.parts {
		if _, err := w.AddInterface(p.describe(part)); err != nil {
			return 0, err
		}
	}
	if err := w.WriteNames(names); err != nil { // names first, for tools that read the file once
		return 0, err
	}
	packets, err := p.packets(ctx)
	if err != nil {
		return 0, err
	}
	for {
		i, packet, err := packets.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if err := w.WritePacket(uint32(i), packets.Header(i), packet); err != nil {
			return 0, err
		}
	}
	for i, part := range p.parts {
		if err := w.WriteStatistics(uint32(i), part.statistics()); err != nil {
			return 0, err
		}
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	return crc.Sum32(), nil
}

// packets reads the packets of all runs in the order of their times.
func (p *pcapngFile) packets(ctx context.Context) (*pcap.Merger, error) {
	var streams []io.Reader
	var shifts []func(int64) int64
	nodes := p.nodes()
	for _, part := range p.parts {
		streams = append(streams, untilDone(ctx, part.found.content.Open()))
		var shift func(int64) int64
		if p.align {
			shift = nodes.Of(part.Pod.Node).Shift() // of the node, so that pods of the same one stay in order
		}
		shifts = append(shifts, shift)
	}
	return pcap.NewShiftedMerger(streams, shifts)
}

// nodes are the clocks of the nodes.
func (p *pcapngFile) nodes() (nodes clock.Nodes) {
	for _, part := range p.parts {
		nodes = nodes.With(part.Pod.Node, part.Clock)
	}
	return nodes
}

// clocks says how far the clocks of the nodes are from podtracer's, and which of them the times are of.
func (p *pcapngFile) clocks() []string {
	times := "the times are those of the nodes"
	if p.align {
		times = "the times are corrected by that: they are those of podtracer's clock"
	}
	nodes := p.nodes()
	return []string{"clocks of the nodes, against podtracer's: " + nodes.Words(len(nodes)), times}
}

// names asks for the names that the addresses had when the captures were made.
func (p *pcapngFile) names(ctx context.Context) (records []pcap.NameRecord, problem string) {
	if p.by.Names == nil || len(p.addrs.order) == 0 {
		return nil, ""
	}
	_, ended := p.span()
	names, err := p.by.Names.Names(ctx, p.addrs.order, ended)
	var problems []string
	if err != nil {
		problems = append(problems, err.Error())
	} else if missing := names.Incomplete(); missing != "" {
		problems = append(problems, missing)
	}
	if p.addrs.more {
		problems = append(problems, fmt.Sprintf("only the first %d addresses were looked up", mostAddrs))
	}
	changed := 0
	for _, addr := range p.addrs.order {
		name, known := p.own(addr) // even if the address now belongs to another pod
		if !known {
			var change string
			if name, known, change = p.ownerOf(addr, names.At); change != "" {
				if changed++; changed <= mostChanged {
					problems = append(problems, change)
				}
			}
		}
		if known {
			records = append(records, pcap.NameRecord{Addr: addr, Names: []string{name.String()}})
		}
	}
	if changed > mostChanged {
		problems = append(problems, fmt.Sprintf("%d more addresses have changed their owner", changed-mostChanged))
	}
	return records, strings.Join(problems, "; ")
}

// mostChanged is how many addresses are named whose owner has changed.
const mostChanged = 8

// ownerOf is whose an address was in all of its packets. An address that was used again has no name: a file has one name for all packets.
func (p *pcapngFile) ownerOf(addr netip.Addr, at func(netip.Addr, time.Time) (k8s.Name, bool)) (owner k8s.Name, known bool, changed string) {
	began, ended := p.span()
	if seen := p.addrs.known[addr]; seen != nil {
		began, ended = seen.first, seen.last
	}
	before, had := at(addr, began)
	after, has := at(addr, ended)
	switch {
	case has && !had:
		return k8s.Name{}, false, fmt.Sprintf("%s is that of %s, which had it only later than some of its packets", addr, after)
	case has && before != after:
		return k8s.Name{}, false, fmt.Sprintf("%s was that of %s, and then that of %s", addr, before, after)
	default: // its owner may have lost it meanwhile
		return before, had, ""
	}
}

// span is from the beginning of the first run to the end of the last one.
func (p *pcapngFile) span() (began, ended time.Time) {
	for i, part := range p.parts {
		end := part.endOrNow()
		if i == 0 || part.Began.Before(began) {
			began = part.Began
		}
		if i == 0 || end.After(ended) {
			ended = end
		}
	}
	return began, ended
}

func (r Recording) endOrNow() time.Time {
	if r.Ended.IsZero() {
		return time.Now()
	}
	return r.Ended
}

// own returns the name of the pod of a run for its own addresses.
func (p *pcapngFile) own(addr netip.Addr) (k8s.Name, bool) {
	for _, part := range p.parts {
		if name, own := part.own(addr); own {
			return name, true
		}
	}
	return k8s.Name{}, false
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

// section says how the file came about. problem is why some names are missing.
func (p *pcapngFile) section(problem string) pcap.Section {
	comments := slices.Clone(p.comments)
	if p.by.Person != "" {
		comments = append(comments, "run by "+p.by.Person)
	}
	if slices.ContainsFunc(p.parts, func(part part) bool { return !part.Over }) {
		comments = append(comments, "the capture so far: it went on when this file was saved")
	}
	if problem != "" {
		comments = append(comments, "some names are missing: "+problem)
	}
	return pcap.Section{Application: p.by.Program, OS: runtime.GOOS, Comments: comments}
}

// origin says how the capture was made.
func (r Recording) origin() string {
	return fmt.Sprintf("%s in pod %s on node %s, from %s", command.Join(r.Argv), r.Pod, r.Pod.Node, r.Began.UTC().Format(time.RFC3339Nano))
}

// deviceName is the name of the device that was captured on.
func (r Recording) deviceName() string {
	return cmp.Or(r.Device, command.Device(r.Argv), "eth0")
}

// describe describes the interface that a run captured on. libpcap refuses a pcapng whose interfaces have different snapshot lengths, or
// with a packet that is longer than that; so all interfaces have the largest, and at least the length of the longest packet.
func (p *pcapngFile) describe(of part) pcap.Interface {
	var snapLen uint32
	for _, part := range p.parts {
		if part.found.header.SnapLen == 0 { // no limit
			snapLen = 0
			break
		}
		snapLen = max(snapLen, part.found.header.SnapLen, part.found.longest)
	}
	h := of.found.header
	return pcap.Interface{
		Name: of.device, Description: describe(of.Pod), Filter: of.Filter, Comments: of.comments,
		LinkType: h.LinkType, SnapLen: snapLen, FCS: h.FCS, Nanos: h.Nanos,
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

func (p part) statistics() pcap.Statistics {
	delivered := uint64(p.found.packets)
	statistics := pcap.Statistics{Start: p.Began, End: p.endOrNow(), Delivered: &delivered, Comments: []string{p.Verdict().String()}}
	if c := p.Counters; c.Known {
		statistics.Accepted, statistics.OSDropped, statistics.InterfaceDropped = &c.Received, &c.KernelDropped, &c.InterfaceDropped
	}
	return statistics
}

// compare returns an error if a pcapng does not have the packets of the runs, in the order of their times.
func (p *pcapngFile) compare(ctx context.Context, file io.Reader) error {
	written, err := pcap.NewNGReader(file)
	if err != nil {
		return err
	}
	packets, err := p.packets(ctx)
	if err != nil {
		return err
	}
	for {
		i, want, wantErr := packets.Next()
		got, err := written.Next()
		switch {
		case errors.Is(wantErr, io.EOF) && errors.Is(err, io.EOF):
			return nil
		case wantErr != nil || err != nil:
			return errors.Join(errNotTheSame, wantErr, err)
		case got.Interface != uint32(i) || !sameAs(packets.Header(i), want, got):
			return errNotTheSame
		}
	}
}
