package packet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// read is a packet of a capture, as it is listed and dissected.
type read struct {
	Summary
	transport pcap.Transport
	layers    []Layer
	link      uint32
	data      []byte
	original  int
}

// tree returns the names of the layers in order.
func (r *read) tree() string {
	var names []string
	for _, l := range r.layers {
		names = append(names, l.Name)
	}
	return strings.Join(names, ", ")
}

// malformed says whether the packet is called malformed anywhere.
func (r *read) malformed() bool {
	return strings.Contains(r.Info, "malformed") || strings.Contains(r.tree(), "malformed")
}

// readAll reads a capture of tools/pcap/testdata.
func readAll(t testing.TB, name string) (packets []read, all []Conversation) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "pcap", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := pcap.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	table, h := NewTable(), r.Header()
	for number := int64(1); ; number++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return packets, table.Conversations()
		}
		if err != nil {
			t.Fatal(err)
		}
		one := read{link: h.LinkType, data: append([]byte(nil), p[pcap.PacketHeaderLen:]...), original: h.Length(p)}
		one.transport = pcap.ParseTransport(one.link, one.data, one.original)
		again := table.Add(number, h.Time(p).UnixNano(), one.transport, one.original)
		bases := table.BasesOf(number, one.transport)
		bases.Retransmit = again
		packets = append(packets, readOne(one.link, one.data, one.original, bases))
	}
}

func readOne(link uint32, data []byte, original int, bases Bases) read {
	return read{
		Summary: Summarize(link, data, original, bases), transport: pcap.ParseTransport(link, data, original),
		layers: Decode(link, data, original), link: link, data: data, original: original,
	}
}

const hexMACs = "020000000002" + "020000000001"

// made returns a dissected Ethernet frame, given in hexadecimal.
func made(t testing.TB, frame string) read {
	t.Helper()
	data, err := hex.DecodeString(frame)
	if err != nil {
		t.Fatal(err, frame)
	}
	return readOne(linkEthernet, data, len(data), Bases{})
}

// ipOf returns an IP packet of the version of an EtherType, from 10.1.0.1 to 10.1.0.2 or from fd00::1 to fd00::2.
func ipOf(kind string, protocol byte, payload string) string {
	if kind == "86dd" {
		return fmt.Sprintf("60000000%04x%02x40", len(payload)/2, protocol) + "fd000000000000000000000000000001" + "fd000000000000000000000000000002" + payload
	}
	return fmt.Sprintf("4500%04x0001000040%02x0000", 20+len(payload)/2, protocol) + "0a010001" + "0a010002" + payload
}

// udpOf returns a UDP datagram.
func udpOf(src, dst uint16, payload string) string {
	return fmt.Sprintf("%04x%04x%04x0000", src, dst, 8+len(payload)/2) + payload
}
