// Package command knows what a command line means: its words, which tool it is and where that lies, what of a tcpdump captures
// and what only shows, and what must not run. It starts nothing.
//
// It owns the catalogue of tools and the presets.
//
// The door: Split, Join; Understand, with a Wish and the Plan that comes of it; Catalogue, Locate; Presets, Blanks;
// WantsTerminal, FilterCheck.
package command

import "errors"

// Wish is what is wanted of a command beside what it says itself. It is about tcpdump alone.
type Wish struct {
	Packets bool // it is to capture, also if it is not told to write packets to its standard output
	Headers bool // of each packet only the headers are kept
	Live    bool // somebody waits for every packet, and for its text
	Ring    bool // only the newest packets are kept
}

// Plan is a command that was understood: what really runs.
type Plan struct {
	Tool    []string
	Decoder []string // turns the packets of a capture into text; nil if there is nothing to decode
	Capture bool     // the output is a pcap stream
	Live    bool     // … of which each packet comes at once
	Holds   bool     // … of which tcpdump holds some packets back
	Filter  string   // … as the person wrote it
	Ends    bool     // it ends by itself when it has some packets
}

// Understand decides what runs. A tcpdump that is told to write packets to its standard output runs as it stands, unless
// somebody waits for its packets.
//
// Errors: options of tcpdump that are refused, with hints.
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
	case err != nil && (wish.Live || wish.Packets && !errors.Is(err, errReadFile)): // on the command line a file may be read
		return Plan{}, err
	case c == nil, !wish.Live && !wish.Packets && !stream:
		return Plan{Tool: argv}, nil
	}
	p := Plan{Tool: c.Tool, Capture: true, Live: wish.Live, Filter: c.Filter, Ends: c.Ends}
	if wish.Live {
		p.Decoder = c.Decoder
	} else if stream {
		p.Tool = argv
	}
	if wish.Headers {
		p.Tool = headersOnly(p.Tool)
	}
	switch {
	case wish.Live: // as parseCapture has it
	case wish.Headers || wish.Ring:
		p.Tool = unbuffered(p.Tool)
	default:
		p.Holds = true
	}
	return p, nil
}

// headersSnapLen is as many bytes of a packet as its headers can have, in all but the strangest packets: VLAN tags, IPv6
// with extensions, TCP with options.
const headersSnapLen = "256"

// headersOnly lets a tcpdump take the beginning of each packet only, so that the rest never leaves the kernel. An -s of the
// person's own, which stands behind it, counts more.
func headersOnly(argv []string) []string {
	return append([]string{argv[0], "-s", headersSnapLen}, argv[1:]...)
}

// unbuffered lets a tcpdump pass each packet on at once. What it holds back would be lost if podtracer, through which the
// stream is piped, was killed.
func unbuffered(argv []string) []string { return append([]string{argv[0], "-U"}, argv[1:]...) }
