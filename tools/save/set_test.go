package save

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/report"
)

// stream is a capture to be made.
type stream struct {
	link, snapLen uint32
	nanos         bool
	packets       []time.Duration // when they come, since an hour
}

const (
	ethernet = 1
	raw      = 101
)

func (s stream) bytes(number byte) []byte {
	magic := uint32(0xa1b2c3d4)
	if s.nanos {
		magic = 0xa1b23c4d
	}
	b := binary.LittleEndian.AppendUint32(nil, magic)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, s.snapLen)
	b = binary.LittleEndian.AppendUint32(b, s.link)
	for i, since := range s.packets {
		at := hour.Add(since)
		fraction := at.Nanosecond()
		if !s.nanos {
			fraction /= 1000
		}
		data := frame(s.link, number, byte(i))
		b = binary.LittleEndian.AppendUint32(b, uint32(at.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(fraction))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(b, data...)
	}
	return b
}

var hour = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// frame is a UDP packet from 10.0.0.NUMBER to 10.0.9.9, with the number I of its own.
func frame(link uint32, number, i byte) []byte {
	ip := []byte{0x45, 0, 0, 29, 0, i, 0, 0, 64, 17, 0, 0, 10, 0, 0, number, 10, 0, 9, 9, 0, 7, 0, 9, 0, 9, 0, 0, i}
	if link == raw {
		return ip
	}
	return append(append(make([]byte, 12), 8, 0), ip...)
}

// setOf makes a set of a pod for each stream.
func setOf(streams ...[]byte) Set {
	set := Set{By: Maker{Program: "podtracer test"}}
	for i, s := range streams {
		r := Recording{Record: report.Record{
			Pod:     k8s.Pod{Namespace: "shop", Name: fmt.Sprintf("cart-%d", i), Node: fmt.Sprintf("node-%d", i%2), IPs: []string{fmt.Sprintf("10.0.0.%d", i)}},
			Capture: true, Argv: []string{"tcpdump"}, Began: hour, Ended: hour.Add(time.Hour), Over: true, Bytes: int64(len(s)),
			Counters: report.Counters{Known: true, Received: uint64(len(s))},
		}}
		r.Content.Add(bytes.NewReader(s), 0, int64(len(s)))
		set.Recordings = append(set.Recordings, r)
	}
	return set
}

func saveSet(t *testing.T, set Set) Saved {
	t.Helper()
	saved, err := set.Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// read returns the packets of a pcapng as INTERFACE:NUMBER, and all that is said of them.
func read(t *testing.T, path string) (packets []string, file *pcap.NGReader) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err = pcap.NewNGReader(bytes.NewReader(content))
	for err == nil {
		var p pcap.NGPacket
		if p, err = file.Next(); err == nil {
			packets = append(packets, fmt.Sprintf("%d:%d", p.Interface, p.Data[len(p.Data)-1]))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return packets, file
}

const ms = time.Millisecond

func TestASetIsSavedAsOneFileInTheOrderOfTimeWithAnInterfaceForEachPod(t *testing.T) {
	set := setOf(
		stream{ethernet, 262144, false, []time.Duration{1 * ms, 4 * ms, 9 * ms}}.bytes(0),
		stream{ethernet, 100, true, []time.Duration{2*ms + 1, 4 * ms, 3 * ms, 8 * ms}}.bytes(1), // the third is out of order
		stream{ethernet, 262144, false, nil}.bytes(2),
	)
	set.By.Names = nobody{}
	set.Recordings[2].Over, set.Recordings[2].Ended = false, time.Time{}
	set.Recordings[1].Losses = []report.Loss{{Kind: report.LostInKernel, Count: 7, Detail: "dropped by the kernel"}}
	saved := saveSet(t, set)
	packets, file := read(t, saved.Files[0].Path)
	if diff := cmp.Diff([]string{"0:0", "1:0", "0:1", "1:1", "1:2", "1:3", "0:2"}, packets); diff != "" {
		t.Error(diff)
	}
	var devices []string
	for i, device := range file.Interfaces() {
		devices = append(devices, device.Name)
		if device.SnapLen != 262144 || device.Nanos != (i == 1) || !strings.HasPrefix(device.Description, set.Recordings[i].Pod.String()+" node=node-") {
			t.Errorf("%+v", device)
		}
		if want := set.Recordings[i].Verdict().String(); file.Statistics()[uint32(i)].Comments[0] != want || !slices.Contains(device.Comments, "verdict: "+want) {
			t.Errorf("%+v, %+v: want %s", file.Statistics()[uint32(i)], device, want)
		}
	}
	if diff := cmp.Diff([]string{"shop/cart-0:eth0", "shop/cart-1:eth0", "shop/cart-2:eth0"}, devices); diff != "" {
		t.Error(diff)
	}
	said := strings.Join(append(file.Section().Comments, file.Interfaces()[1].Comments...), "\n")
	for _, want := range []string{
		"3 pods in the order of time", "verdict: INCOMPLETE: 7 dropped by the kernel", "against podtracer's: node-0 not compared; node-1 not compared", "the times are those of the nodes", "the capture so far",
		"packets that are older than the one before them: 1", "some names are missing: the API does not answer",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
	if got := fmt.Sprint(file.Names()); got != "[{10.0.0.0 [cart-0.shop]} {10.0.0.1 [cart-1.shop]}]" {
		t.Errorf("the names are %s", got)
	}
	if whole := saved.Files[0]; whole.Packets != 7 || !whole.Partial || whole.Verdict.Kind != report.Incomplete || len(saved.Files) != 1 {
		t.Errorf("%+v", saved)
	}
	for i, want := range []int64{3, 4, 0} {
		if part := saved.Parts[i]; part.Packets != want || part.Path != saved.Files[0].Path || part.Partial != (i == 2) || part.Left != nil || part.Bytes != 0 {
			t.Errorf("%+v", part)
		}
	}
}

func TestALinkTypeThatTheFirstPodHasNotGoesToAFileOfItsOwnAndBothSaySo(t *testing.T) {
	set := setOf(
		stream{ethernet, 262144, false, []time.Duration{1 * ms, 4 * ms}}.bytes(0),
		stream{raw, 262144, false, []time.Duration{2 * ms}}.bytes(1),
		stream{ethernet, 262144, false, []time.Duration{3 * ms}}.bytes(2),
	)
	saved := saveSet(t, set)
	if len(saved.Files) != 2 || filepath.Base(saved.Files[1].Path) != "x-raw.pcapng" || saved.Parts[1].Path != saved.Files[1].Path || saved.Files[1].Packets != 1 {
		t.Fatalf("%+v", saved)
	}
	for i, want := range []struct{ packets, said string }{
		{"[0:0 1:0 0:1]", "in x-raw.pcapng, as a file has one link type and theirs is raw: shop/cart-1"},
		{"[0:0]", "in x.pcapng, as a file has one link type and theirs is ethernet: shop/cart-0, shop/cart-2"},
	} {
		packets, file := read(t, saved.Files[i].Path)
		if fmt.Sprint(packets) != want.packets || !slices.Contains(file.Section().Comments, want.said) {
			t.Errorf("got %s, %q", packets, file.Section().Comments)
		}
	}
	if _, err := set.Save(t.Context(), Target{Path: saved.Files[0].Path}); !errors.Is(err, newfile.ErrExists) || !strings.Contains(err.Error(), "x-raw.pcapng") {
		t.Errorf("not all files that are there are named: %v", err)
	}
	if err := os.Remove(saved.Files[0].Path); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Save(t.Context(), Target{Path: saved.Files[0].Path}); !errors.Is(err, newfile.ErrExists) {
		t.Errorf("the file of the other link type was replaced unasked: %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(saved.Files[0].Path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := set.Save(t.Context(), Target{Path: saved.Files[0].Path, Overwrite: true}); err != nil {
		t.Error(err)
	}
}

func TestACaptureOfWhichNothingCameIsNamedAndWhatIsWholeOfABrokenOneIsSaved(t *testing.T) {
	good := stream{ethernet, 262144, false, []time.Duration{1 * ms, 4 * ms}}
	set := setOf(good.bytes(0), nil, []byte("this is text and no capture"), append(good.bytes(3), 1, 2, 3), good.bytes(4)[:10])
	set.Recordings[3].Losses = []report.Loss{{Kind: report.LostInStream, Detail: "the stream ends in the middle of a packet"}}
	saved := saveSet(t, set)
	packets, file := read(t, saved.Files[0].Path)
	if got := fmt.Sprint(packets); got != "[0:0 1:0 0:1 1:1]" {
		t.Errorf("got %s", got)
	}
	for i, left := range []bool{false, true, true, false, true} {
		if (saved.Parts[i].Left != nil) != left || (saved.Parts[i].Path == "") != left {
			t.Errorf("%+v", saved.Parts[i])
		}
	}
	said := strings.Join(file.Section().Comments, "\n") + saved.Verdict.String()
	for _, want := range []string{"shop/cart-1, because the capture is empty", "shop/cart-2, because", "shop/cart-4, because", "INCOMPLETE: nothing of shop/cart-1", "in the middle of a packet"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in\n%s", want, said)
		}
	}
	_, err := setOf(nil, nil).Save(t.Context(), Target{Path: filepath.Join(t.TempDir(), "x.pcapng")})
	if err == nil || !strings.Contains(err.Error(), "shop/cart-1: the capture is empty") {
		t.Errorf("got %v", err)
	}
}

func TestASetHasNoOtherFormThanPcapng(t *testing.T) {
	for _, name := range []string{"x.pcap", "x", "x.txt"} {
		path := filepath.Join(t.TempDir(), name)
		if _, err := setOf(stream{}.bytes(0)).Save(t.Context(), Target{Path: path}); !errors.Is(err, ErrForm) || hint.Of(err) == "" || CheckSet(path) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFileOfASetThatIsNotWhatWasWrittenIsNoticed(t *testing.T) {
	set := setOf(stream{ethernet, 262144, false, []time.Duration{1 * ms, 4 * ms}}.bytes(0), stream{ethernet, 262144, false, []time.Duration{2 * ms}}.bytes(1))
	w := setWriter{set: set, to: Target{Path: "x.pcapng"}, saved: Saved{Parts: make([]Part, 2)}}
	if err := w.sort(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written, err := w.groups[0].file.write(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	same := samePackets(&w.groups[0].file, written)
	size, _, err := check(t.Context(), f, same)
	if err != nil {
		t.Fatal(err)
	}
	for at := range size {
		var b [1]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{b[0] ^ 4}, at); err != nil {
			t.Fatal(err)
		}
		if _, _, err := check(t.Context(), f, same); err == nil {
			t.Errorf("byte %d of %d was changed, but check did not notice", at, size)
		}
		if _, err := f.WriteAt(b[:], at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASetThatCannotBeWrittenLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	set := setOf(stream{ethernet, 262144, false, []time.Duration{1 * ms}}.bytes(0), stream{raw, 262144, false, []time.Duration{2 * ms}}.bytes(1))
	ctx, cancel := context.WithCancel(t.Context())
	set.By.Names = cancels{cancel}
	if _, err := set.Save(ctx, Target{Path: filepath.Join(dir, "x.pcapng")}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrForm) {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// cancels ends the save when it asks for names.
type cancels struct{ cancel func() }

func (c cancels) Names(context.Context, []netip.Addr, time.Time) (*k8s.Names, error) {
	c.cancel()
	return &k8s.Names{}, nil
}

// mergecap merges the files of the single saves as podtracer merges a set.
func TestASetHasThePacketsThatMergecapMakesOfItsSingleFiles(t *testing.T) {
	for _, tool := range []string{"mergecap", "tshark", "tcpdump", "capinfos"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	var streams [][]byte
	for i := range 5 {
		s := stream{ethernet, uint32(1000 * (i + 1)), i%2 == 1, nil}
		for n := range 200 {
			at := time.Duration(n*(i+1)*700+i) * time.Microsecond // of packets with the same time, mergecap takes that of the last file first
			if n%50 == 49 {                                       // out of order
				at -= 2 * ms
			}
			if n >= 150 && i == 4 { // the clock is set back
				at -= 30 * ms
			}
			s.packets = append(s.packets, at+ms*2)
		}
		streams = append(streams, s.bytes(byte(i)))
	}
	set := setOf(streams...)
	dir := t.TempDir()
	merged := []string{"-w", filepath.Join(dir, "merged.pcapng")}
	for i, r := range set.Recordings {
		saved, err := r.Save(t.Context(), Target{Path: filepath.Join(dir, fmt.Sprintf("%d.pcapng", i))})
		if err != nil {
			t.Fatal(err)
		}
		merged = append(merged, saved.Path)
	}
	shown(t, "mergecap", merged...)
	saved := saveSet(t, set)
	fields := []string{"-n", "-T", "fields", "-e", "frame.interface_description", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.cap_len", "-e", "ip.src", "-e", "ip.id", "-e", "data", "-r"}
	got, want := shown(t, "tshark", append(fields, saved.Files[0].Path)...), shown(t, "tshark", append(fields, merged[1])...)
	if lines := strings.Count(got, "\n"); got != want || lines != 1000 || saved.Files[0].Packets != 1000 {
		t.Errorf("%d packets: %s", lines, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	}
	if lines := strings.Count(shown(t, "tcpdump", "-nr", saved.Files[0].Path), "\n"); lines != 1000 {
		t.Errorf("tcpdump reads %d packets", lines)
	}
	infos := shown(t, "capinfos", "-M", saved.Files[0].Path)
	for _, want := range []string{"Number of packets:   1000", "Number of interfaces in file: 5", "Name = shop/cart-4:eth0", "Number of packets = 200"} {
		if !strings.Contains(infos, want) {
			t.Errorf("capinfos does not say %q:\n%s", want, infos)
		}
	}
}

// Who replaces x.pcapng has not named the files of other link types.
func TestReplacingASetReplacesNoFileThatNobodyNamed(t *testing.T) {
	dir := t.TempDir()
	set := setOf(stream{link: ethernet, packets: []time.Duration{ms}}.bytes(0), stream{link: raw, packets: []time.Duration{ms}}.bytes(1))
	other := filepath.Join(dir, "x-raw.pcapng")
	if err := os.WriteFile(other, []byte("a thesis"), 0o600); err != nil {
		t.Fatal(err)
	}
	to := Target{Path: filepath.Join(dir, "x.pcapng"), Overwrite: true}
	saved, err := set.Save(t.Context(), to)
	if content, _ := os.ReadFile(other); string(content) != "a thesis" {
		t.Errorf("%+v, %v: %.20q", saved.Files, err, content)
	}
}
