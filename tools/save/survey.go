package save

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
	"github.com/fennec-project/podtracer/tools/spool"
)

// surveyed is what survey has found in the output of a run.
type surveyed struct {
	content spool.Content // up to the last whole packet
	started bool          // there is a file header
	header  pcap.Header
	packets int64
	longest uint32 // bytes kept of the longest packet
	older   int64  // packets that are older than the one before them
	broke   bool   // what follows the last whole packet is no packet, and not the beginning of one
}

// addressesOf returns where the addresses in a capture are to be noted; nil: nobody asks for them.
type addressesOf func(pcap.Header) *addressSet

func nobodyAsks(pcap.Header) *addressSet { return nil }

// survey goes through a capture.
func survey(ctx context.Context, c spool.Content, addresses addressesOf) (surveyed, error) {
	packets, err := pcap.NewReader(untilDone(ctx, c.Open()))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return surveyed{}, nil
	}
	if err != nil {
		return surveyed{}, err
	}
	found := surveyed{started: true, header: packets.Header()}
	seen := addresses(found.header)
	whole, last := int64(pcap.FileHeaderLen), time.Time{}
	for {
		packet, err := packets.Next()
		if found.broke = errors.Is(err, pcap.ErrFormat); found.broke || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return surveyed{}, err
		}
		whole += int64(len(packet))
		found.packets++
		found.longest = max(found.longest, uint32(len(packet)-pcap.PacketHeaderLen))
		at := found.header.Time(packet)
		if at.Before(last) {
			found.older++
		}
		last = at
		if seen != nil {
			layers := pcap.Parse(found.header.LinkType, packet[pcap.PacketHeaderLen:])
			for _, addr := range []netip.Addr{layers.Src, layers.Dst, layers.OuterSrc, layers.OuterDst} {
				seen.add(addr, at)
			}
		}
	}
	found.content = c.Until(whole)
	return found, nil
}

// AsItIs describes a spool's file that may become a saved file unchanged; begun says that it begins like a capture.
//
// Errors: errors.ErrUnsupported if bytes follow the last whole packet, which a saved file must not have.
func (r Recording) AsItIs(ctx context.Context, f *os.File) (saved File, begun bool, err error) {
	found, err := r.linkable(ctx, f)
	if err != nil {
		return File{}, false, err
	}
	saved = File{Packets: found.packets, Verdict: r.Verdict()}
	saved.Bytes, saved.SHA256, err = check(ctx, f, sameBytes(found.content))
	return saved, found.started, err
}

// linkable surveys a spool's file, and returns an error if it may not become a saved file unchanged.
func (r Recording) linkable(ctx context.Context, f *os.File) (surveyed, error) {
	info, err := f.Stat()
	if err != nil {
		return surveyed{}, err
	}
	found := surveyed{content: r.Content}
	if r.Capture {
		switch whole, err := survey(ctx, r.Content, nobodyAsks); {
		case err != nil && !errors.Is(err, pcap.ErrFormat):
			return whole, err
		case err == nil && whole.started:
			found = whole
		}
	}
	if info.Size() == 0 || found.content.Size() != info.Size() {
		return found, fmt.Errorf("%d bytes of %d are whole packets: %w", found.content.Size(), info.Size(), errors.ErrUnsupported)
	}
	return found, nil
}

// mostAddrs is how many addresses are looked up. A sender may invent an address for each packet, and only addresses in the cluster
// have names.
const mostAddrs = 100_000

// addressSet is the set of addresses in a capture, and when each of them was in it. It checks the last addresses first, which most packets have.
type addressSet struct {
	known  map[netip.Addr]*span
	order  []netip.Addr
	more   bool // there were more than mostAddrs
	recent [4]recently
	next   int
}

// span is from the first packet with an address to the last one.
type span struct{ first, last time.Time }

type recently struct {
	addr netip.Addr
	span *span // nil: it is not in the set
}

func (s *addressSet) add(a netip.Addr, at time.Time) {
	if !a.IsValid() {
		return
	}
	for i := range s.recent {
		if r := &s.recent[i]; r.addr == a {
			r.span.has(at)
			return
		}
	}
	of := s.known[a]
	switch {
	case of != nil:
		of.has(at)
	case len(s.order) == mostAddrs:
		s.more = true
	default:
		if s.known == nil {
			s.known = map[netip.Addr]*span{}
		}
		of = &span{at, at}
		s.known[a], s.order = of, append(s.order, a)
	}
	s.recent[s.next] = recently{a, of}
	s.next = (s.next + 1) % len(s.recent)
}

func (s *span) has(at time.Time) {
	if s == nil {
		return
	}
	if at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}

// comparing compares a file that is read back with what it was made from.
type comparing func(ctx context.Context, file io.Reader) error

// check reads a file back and compares it with its source. It returns the file's size in bytes and its SHA-256.
func check(ctx context.Context, f *os.File, same comparing) (size int64, sum string, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, "", err
	}
	hash := sha256.New()
	counted := &counter{}
	if err := same(ctx, io.TeeReader(untilDone(ctx, f), io.MultiWriter(hash, counted))); err != nil {
		return 0, "", fmt.Errorf("read back: %w", err)
	}
	return counted.n, hex.EncodeToString(hash.Sum(nil)), nil
}

// sameBytes compares a file with the content that was copied to it.
func sameBytes(c spool.Content) comparing {
	return func(_ context.Context, file io.Reader) error { return compareBytes(file, c.Open()) }
}

// samePackets compares a pcapng with the packets that it was made from, and with the sum of its bytes as they were written, because it
// has names and counts besides its packets.
func samePackets(p *pcapngFile, written uint32) comparing {
	return func(ctx context.Context, file io.Reader) error {
		crc := crc32.New(castagnoli)
		if err := ofForm(p.compare(ctx, io.TeeReader(file, crc))); err != nil {
			return err
		}
		if crc.Sum32() != written {
			return errNotTheSame
		}
		return nil
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // the CPU has an instruction for it

var errNotTheSame = errors.New("the file is not what was written; is the disk broken?")

// compareBytes returns an error if two readers have different bytes.
func compareBytes(a, b io.Reader) error {
	inA, inB := make([]byte, copyBuffer), make([]byte, copyBuffer)
	for {
		n, errA := io.ReadFull(a, inA)
		m, errB := io.ReadFull(b, inB)
		switch ended := errors.Is(errA, io.EOF) || errors.Is(errA, io.ErrUnexpectedEOF); {
		case errA != nil && !ended:
			return errA
		case !bytes.Equal(inA[:n], inB[:m]):
			return errNotTheSame
		case ended && errB != nil:
			return nil
		}
	}
}

// sameAs says whether a packet of a pcapng is one of a stream. Its interface has the resolution of the stream.
func sameAs(h pcap.Header, want []byte, got pcap.NGPacket) bool {
	nanos := int64(got.Fraction)
	if !h.Nanos {
		nanos *= 1000
	}
	return h.Time(want).Equal(time.Unix(int64(got.Seconds), nanos)) && got.Captured == h.Order.Uint32(want[8:]) &&
		got.Original == h.Order.Uint32(want[12:]) && bytes.Equal(got.Data, want[pcap.PacketHeaderLen:])
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

const copyBuffer = 1 << 20

// copyContent writes the content to a file.
func copyContent(ctx context.Context, to io.Writer, c spool.Content) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{to}, untilDone(ctx, c.Open()), make([]byte, copyBuffer))
	return err
}

// untilDone makes a long copy end with ctx.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	return readsAs(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

// readsAs is a reader that is one function.
type readsAs func([]byte) (int, error)

func (f readsAs) Read(p []byte) (int, error) { return f(p) }
