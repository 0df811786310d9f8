package tools

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap/pcaptest"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/tally"
)

// Pieces of a stream.
var (
	streamHead = pcaptest.Stream(0)
	onePacket  = pcaptest.Packet(60, 60)
	noPacket   = bytes.Repeat([]byte{0xff}, 64<<10)
)

// writesAs returns a command that acts as a tcpdump: it writes this stream and then runs a piece of shell.
func writesAs(t *testing.T, stream []byte, then string) []string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\ncat " + dir + "/stream\n" + then + "\n"
	for name, content := range map[string][]byte{"stream": stream, "tcpdump": []byte(script)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return []string{filepath.Join(dir, "tcpdump"), "-w", "-"}
}

const listens = "echo tcpdump: listening on eth0, link-type EN10MB >&2\n"

// keepings are the ways in which podtracer keeps the stream of a capture.
var keepings = map[string]func(*Request){
	"as it is":                         func(*Request) {},
	"with a limit of its size":         func(r *Request) { r.Limits.Size = 1 << 20 },
	"with a limit of its packets":      func(r *Request) { r.Limits.Packets = 1000 },
	"in a ring":                        func(r *Request) { r.Ring.Size = 8 << 20 },
	"headers only":                     func(r *Request) { r.Headers = true },
	"headers only, with limits":        func(r *Request) { r.Headers, r.Limits.Size, r.Limits.Packets = true, 1<<20, 1000 },
	"headers only, in a ring":          func(r *Request) { r.Headers, r.Ring.Size = true, 8<<20 },
	"as it is, while somebody reads":   func(r *Request) { r.Text, r.Stderr = true, nil },
	"its headers, while somebody does": func(r *Request) { r.Text, r.Stderr, r.Headers = true, nil, true },
}

func TestAStreamThatIsNotWholePacketsFromHeadToEndIsIncompleteHoweverItIsKept(t *testing.T) {
	n := newNode(t)
	for name, c := range map[string]struct {
		stream []byte
		want   string // beginning of the loss; "" for none
	}{
		"nothing at all":                {nil, "the stream ends before its header"},
		"half a head":                   {streamHead[:10], "the stream ends in the middle of its header"},
		"a head and no packet":          {streamHead, ""},
		"whole packets":                 {slicesOf(streamHead, onePacket, onePacket), ""},
		"half a packet's head":          {slicesOf(streamHead, onePacket, onePacket[:10]), "the stream ends in the middle of a packet"},
		"half a packet":                 {slicesOf(streamHead, onePacket, pcaptest.Packet(60, 30)), "the stream ends in the middle of a packet"},
		"no packet behind some":         {slicesOf(streamHead, onePacket, noPacket), "the stream is broken after its last whole packet"},
		"no packet between packets":     {slicesOf(streamHead, onePacket, noPacket[:16], onePacket), "the stream is broken after its last whole packet"},
		"something else from the start": {noPacket, "the stream is broken after its last whole packet"},
	} {
		for keeping, change := range keepings {
			t.Run(name+", "+keeping, func(t *testing.T) {
				request := Request{Pod: shop, Argv: writesAs(t, c.stream, ""), Packets: true, Stderr: new(tally.Tail)}
				change(&request)
				state := n.wait(t, n.start(t, request))
				if c.want == "" {
					if !strings.HasPrefix(state.Verdict().String(), "complete") || state.Status() != 0 {
						t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
					}
					return
				}
				if !strings.HasPrefix(state.Verdict().String(), "INCOMPLETE: "+c.want) || state.Status() != StatusLost || strings.Count(state.Verdict().String(), "the stream") != 1 {
					t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
				}
			})
		}
	}
}

func TestWhatStandsBehindALimitIsNoFlawAndABreakBeforeItIsOne(t *testing.T) {
	n := newNode(t)
	for name, c := range map[string]struct {
		stream []byte
		limits Limits
		want   string
		status int
	}{
		"half a packet behind the last that is wanted": {slicesOf(streamHead, onePacket, onePacket[:20]), Limits{Packets: 1}, "complete as far as is known", 0},
		"a break behind the last that is wanted":       {slicesOf(streamHead, onePacket, noPacket), Limits{Packets: 1}, "complete as far as is known", 0},
		"a break before the size is reached":           {slicesOf(streamHead, onePacket, noPacket), Limits{Size: 1000}, "INCOMPLETE: the stream is broken", StatusLost},
	} {
		for _, headers := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				state := n.wait(t, n.start(t, Request{
					Pod: shop, Argv: writesAs(t, c.stream, ""), Packets: true, Stderr: new(tally.Tail), Limits: c.limits, Headers: headers,
				}))
				if !strings.HasPrefix(state.Verdict().String(), c.want) || state.Status() != c.status || state.Packets != 1 {
					t.Errorf("headers %v: status %d, verdict %q, %d packets", headers, state.Status(), state.Verdict().String(), state.Packets)
				}
			})
		}
	}
}

func TestAToolThatDiesOfBeingStoppedInTheMiddleOfAPacketHasLostIt(t *testing.T) {
	waits(t)
	n := newNode(t)
	for keeping, change := range keepings {
		t.Run(keeping, func(t *testing.T) {
			waits(t)
			request := Request{
				Pod: shop, Argv: writesAs(t, slicesOf(streamHead, onePacket, pcaptest.Packet(60, 30)), listens+"exec sleep 100"), Packets: true, Stderr: new(tally.Tail),
			}
			change(&request)
			id := n.start(t, request)
			n.until(t, id, "all it writes", func(s State) bool { return s.Device != "" })
			state := n.stopAndWait(t, id)
			if state.Verdict().String() != "INCOMPLETE: the stream ends in the middle of a packet" || state.Status() != StatusLost {
				t.Errorf("status %d, verdict %q", state.Status(), state.Verdict().String())
			}
		})
	}
}

func TestABrokenStreamIsSaidWhileTheToolGoesOnAndEndsItWhereNothingOfItCanBeKept(t *testing.T) {
	n := newNode(t)
	for name, c := range map[string]struct {
		change func(*Request)
		ends   bool
	}{
		"as it is":     {func(r *Request) { r.Limits.Packets = 1000 }, false},
		"in a ring":    {func(r *Request) { r.Ring.Size = 8 << 20 }, true},
		"headers only": {func(r *Request) { r.Headers = true }, true},
	} {
		t.Run(name, func(t *testing.T) {
			request := Request{
				Pod: shop, Argv: writesAs(t, slicesOf(streamHead, onePacket, noPacket), "exec sleep 100"), Packets: true, Stderr: new(tally.Tail),
			}
			c.change(&request)
			id := n.start(t, request)
			state := n.until(t, id, "the loss", func(s State) bool { return len(s.Losses) > 0 })
			if state.Losses[0].Kind != report.LostInStream || time.Since(state.Losses[0].Since) > patience {
				t.Errorf("the loss is %+v", state.Losses[0])
			}
			if !c.ends {
				if saved := n.save(t, id, "x.pcap"); !saved.Partial || !strings.HasPrefix(saved.Verdict.String(), "INCOMPLETE") || saved.Packets != 1 {
					t.Errorf("saved meanwhile: %+v", saved)
				}
				n.stopAndWait(t, id)
				return
			}
			if state = n.wait(t, id); !errors.Is(state.Cause, ErrStream) || state.Status() != StatusLost || state.Packets != 1 {
				t.Errorf("status %d, %v, %d packets", state.Status(), state.Cause, state.Packets)
			}
		})
	}
}

func slicesOf(pieces ...[]byte) []byte { return bytes.Join(pieces, nil) }
