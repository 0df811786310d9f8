package save

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/spool"
)

func TestAFileThatIsNotWhatWasWrittenIsNoticed(t *testing.T) {
	stream := pcaptest.Stream(50)
	var c spool.Content
	c.Add(bytes.NewReader(stream), 0, int64(len(stream)))
	for _, name := range []string{"x.pcap", "x.pcapng"} {
		f, err := os.Create(filepath.Join(t.TempDir(), name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		_, same, err := Recording{Content: c, Record: report.Record{Capture: true, Argv: []string{"tcpdump"}}}.write(t.Context(), f, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := check(t.Context(), f, same); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		content, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		inAPacket := bytes.LastIndex(content, bytes.Repeat([]byte{49}, 8)) // in the data of the last packet
		for _, at := range []int{inAPacket, len(content) / 2, len(content) - 20, 60} {
			changed := []byte{content[at] ^ 1}
			if _, err := f.WriteAt(changed, int64(at)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := check(t.Context(), f, same); err == nil {
				t.Errorf("%s: byte %d of %d was changed, but check did not notice", name, at, len(content))
			}
			if _, err := f.WriteAt(content[at:at+1], int64(at)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Truncate(int64(len(content) - 500)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := check(t.Context(), f, same); err == nil {
			t.Errorf("%s: the file is too short, but check did not notice", name)
		}
	}
}

func TestTheEndsOfATunnelAreAskedForBesideThoseInIt(t *testing.T) {
	var seen addressSet
	_, err := survey(t.Context(), captured(t, "../pcap/testdata/kinds/tunnels_outer_only.pcap").Content, func(pcap.Header) *addressSet { return &seen })
	if want := "[10.244.1.5 10.244.2.7 10.1.0.1 10.1.0.2]"; err != nil || fmt.Sprint(seen.order) != want {
		t.Errorf("got %v, %v, want %s", seen.order, err, want)
	}
}

// A sender may invent an address for each packet. How many are kept and looked up is limited, and the file says so.
func TestOfAddressesThatAreMadeUpNoMoreThanSomeAreLookedUp(t *testing.T) {
	stream := pcaptest.Stream(0)
	const packets = 2 * mostAddrs
	frame := make([]byte, 14+40)
	frame[12], frame[13], frame[14], frame[14+7] = 0x86, 0xdd, 0x60, 64
	head := make([]byte, pcap.PacketHeaderLen)
	binary.LittleEndian.PutUint32(head[8:], uint32(len(frame)))
	binary.LittleEndian.PutUint32(head[12:], uint32(len(frame)))
	for i := range uint32(packets) {
		binary.BigEndian.PutUint32(frame[14+8:], 0xfd<<24)
		binary.BigEndian.PutUint32(frame[14+20:], i+1)
		stream = append(append(stream, head...), frame...)
	}
	path := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(path, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	r := captured(t, path)
	var seen addressSet
	found, err := survey(t.Context(), r.Content, func(pcap.Header) *addressSet { return &seen })
	if err != nil || found.packets != packets || len(seen.order) > mostAddrs {
		t.Fatalf("%d addresses of %d packets were kept, %v", len(seen.order), found.packets, err)
	}
	r.By.Names = strangers{}
	saved, err := r.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
	if err != nil || saved.Packets != packets {
		t.Fatalf("%+v, %v", saved, err)
	}
	head, err = os.ReadFile(saved.Path)
	if err != nil || !bytes.Contains(head, []byte("some names are missing: only the first 100000 addresses were looked up")) {
		t.Errorf("the limit is not reported: %.500q, %v", head, err)
	}
}

// strangers knows no names.
type strangers struct{}

func (strangers) Names(context.Context, []netip.Addr, time.Time) (*k8s.Names, error) {
	return &k8s.Names{}, nil
}
