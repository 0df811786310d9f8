package tools

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/tools/pcap"
)

// slow says whether tests may take minutes.
func slow() bool { return os.Getenv("PODTRACER_SLOW") != "" }

func TestAReaderThatStandsStillHoldsUpNothingAndIsToldWhatItMissed(t *testing.T) {
	stands := 3 * time.Second
	if slow() {
		stands = time.Minute
	}
	n := newNode(t)
	s := newSender(t, n, shop)
	id := n.captureFlood(t, func(r *Request) { r.Limits.Size = -1 }, "-s", "200")
	s.send(t, 5, 100)
	n.untilLine(t, id, "UDP, length 100")
	stopped(t, toolOf(t, n.decoderOf(id)), func() {
		s.flood(t, stands, 1000)
		n.until(t, id, "all packets", func(state State) bool { return uint64(state.Packets)+state.Counters.Dropped() == s.sent })
	})
	s.send(t, 5, 300)
	n.untilLine(t, id, "UDP, length 300")
	state := n.stopAndWait(t, id)
	lines, notes := n.allLines(t, id)
	if shown := int64(len(lines)); state.Counters.NotShown == 0 || shown+state.Counters.NotShown != state.Packets {
		t.Errorf("%d packets are shown and %d counted as not shown, of %d", shown, state.Counters.NotShown, state.Packets)
	}
	said := int64(0)
	for _, m := range regexp.MustCompile(`: ([\d,]+) packets not shown \(all are in the capture\)`).FindAllStringSubmatch(strings.Join(notes, "\n"), -1) {
		n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		said += n
	}
	if said != state.Counters.NotShown {
		t.Errorf("the notes count %d packets as not shown, the state %d: %q", said, state.Counters.NotShown, notes)
	}
	saved := n.save(t, id, "x.pcap")
	if state.Counters.Dropped() == 0 {
		expectNumbers(t, numbers(t, saved.Path), 0, s.sent)
	}
	if saved.Packets != state.Packets {
		t.Errorf("saved %d of %d", saved.Packets, state.Packets)
	}
}

// decoderOf returns the command that prints a capture as text.
func (n *node) decoderOf(id RunID) []string {
	run, _ := n.Runs.run(id)
	return run.plan.Decoder
}

func TestWhoReadsAlongChangesNothingInTheCapture(t *testing.T) {
	n := newNode(t)
	s := newSender(t, n, shop)
	shown := n.captureFlood(t, nil, "-B", "65536", "-s", "128") // a buffer that holds all packets, however slow this machine is
	alone := n.captureFlood(t, func(r *Request) { r.Text, r.Packets, r.Stderr = false, true, io.Discard }, "-B", "65536", "-s", "128")
	s.send(t, 50_000, 200)
	var files []string
	for _, id := range []RunID{shown, alone} {
		state := n.stopAndWait(t, id)
		if state.Verdict().String() != "complete" {
			t.Fatalf("the verdict is %q", state.Verdict().String())
		}
		files = append(files, timeless(t, n.save(t, id, "x.pcap").Path))
	}
	if files[0] != files[1] {
		t.Errorf("%d bytes with a reader and %d without: the captures differ", len(files[0]), len(files[1]))
	}
}

// timeless returns a capture without the timestamps of its packets, because each socket takes its own.
func timeless(t *testing.T, path string) string {
	t.Helper()
	packets, err := pcap.NewReader(strings.NewReader(readAll(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.NewBuffer(bytes.Clone(packets.RawHeader()))
	for {
		packet, err := packets.Next()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		all.Write(packet[8:])
	}
}
