// Package command knows what a command line means: its words, which tool it runs and where that is, which parts of a tcpdump
// command capture and which only show, and which commands must not run. It starts nothing.
//
// It owns the catalogue of tools and the presets.
//
// Start reading at Split and Join; Understand, which turns a Wish into a Plan; Catalogue and Locate; Presets and Blanks;
// WantsTerminal; FilterCheck.
package command

import (
	"errors"
	"strings"
)

// Wish is what podtracer wants of a tcpdump beyond its arguments.
type Wish struct {
	Packets bool // capture even if it is not told to write packets to its standard output
	Headers bool // keep only the headers of each packet
	Live    bool // somebody waits for every packet and its text
	Ring    bool // keep only the newest packets
	Lines   bool // somebody waits for each line of text
}

// Plan is a command that was understood: what actually runs.
type Plan struct {
	Tool    []string
	Decoder []string // turns the packets of a capture into text; nil: there is nothing to decode
	Capture bool     // the output is a pcap stream
	Live    bool     // packets of the capture come at once
	Holds   bool     // tcpdump holds back some packets of the capture
	Filter  string   // the filter of the capture, as the person wrote it
	Ends    int64    // the command ends by itself after so many packets (-c); 0: it does not
	Sifts   bool     // tcpdump itself throws away some of the packets that the kernel passes to it (-Q)
}

// Understand decides what runs. A tcpdump that is told to write packets to its standard output runs unchanged, unless somebody
// waits for its packets.
//
// Errors: tcpdump options that are refused, with hints.
func Understand(argv []string, wish Wish) (Plan, error) {
	if !IsTcpdump(argv) {
		return Plan{Tool: argv}, nil
	}
	stream, err := writesStream(argv)
	if err != nil {
		return Plan{}, err
	}
	c, err := parseCapture(argv, wish.Live)
	switch {
	case err != nil && (wish.Live || wish.Packets && !errors.Is(err, errReadFile)), // podtracer run may read a file
		(stream || wish.Lines) && errors.Is(err, errOwnFile): // with Lines there are several, which would write to the same file
		return Plan{}, err
	case c == nil, !wish.Live && !wish.Packets && !stream:
		if wish.Lines {
			argv = lineByLine(argv)
		}
		return Plan{Tool: argv}, nil
	}
	p := Plan{Tool: c.Tool, Capture: true, Live: wish.Live, Filter: c.Filter, Ends: c.Ends, Sifts: c.Sifts}
	if wish.Live {
		p.Decoder = c.Decoder
	} else if stream {
		p.Tool = argv
	}
	if wish.Headers {
		p.Tool = headersOnly(p.Tool)
	}
	switch {
	case wish.Live: // parseCapture has added it
	case wish.Headers || wish.Ring:
		p.Tool = unbuffered(p.Tool)
	default:
		p.Holds = true
	}
	return p, nil
}

// Device is the interface that a tcpdump was told to capture on; "" if it was told none, or captures nothing.
func Device(argv []string) string {
	if len(argv) == 0 || !IsTcpdump(argv) {
		return ""
	}
	if c, err := parseCapture(argv, false); c != nil && err == nil {
		return c.Device
	}
	return ""
}

// WritesOwnFile says whether a tcpdump was told to write packets to a file by itself.
func WritesOwnFile(argv []string) bool {
	if len(argv) == 0 || !IsTcpdump(argv) {
		return false
	}
	_, err := parseCapture(argv, false)
	return errors.Is(err, errOwnFile)
}

// headersSnapLen is how many bytes the headers of a packet take in all but the strangest packets: VLAN tags, IPv6 with
// extensions, TCP with options.
const headersSnapLen = "256"

// headersOnly limits tcpdump to the beginning of each packet, so the rest never leaves the kernel. A person's own -s comes later
// and overrides it. For nflog, libpcap makes the buffer of its netlink socket as small as that, and loses what does not fit without counting
// it; there podtracer alone shortens the packets.
func headersOnly(argv []string) []string {
	if strings.HasPrefix(Device(argv), "nflog") {
		return argv
	}
	return append([]string{argv[0], "-s", headersSnapLen}, argv[1:]...)
}

// unbuffered makes tcpdump pass each packet on at once. The packets pass through podtracer: what tcpdump held back would be lost
// if podtracer was killed.
func unbuffered(argv []string) []string { return append([]string{argv[0], "-U"}, argv[1:]...) }

// lineByLine makes tcpdump write each line at once, also into a pipe.
func lineByLine(argv []string) []string { return append([]string{argv[0], "-l"}, argv[1:]...) }
