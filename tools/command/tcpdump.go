package command

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fennec-project/podtracer/internal/hint"
)

// capture is a tcpdump command, split into what captures and what only shows.
type capture struct {
	Tool    []string // writes packets to its standard output
	Decoder []string // reads them and writes text, with the person's display flags; resolves no names, as that sends packets
	Filter  string   // the filter expression, as it was written
	Ends    int64    // it ends by itself after so many packets (-c); 0: it does not
	Sifts   bool     // it throws away some of the packets that the kernel passes to it (-Q)
	Device  string   // it captures on; "": it was told none
}

// The short options of tcpdump(1) 4.99 that take a value.
const tcpdumpWithValue = "BcCEFGijmMrsTVwWyzZQ"

// tcpdumpDisplay are the options that only change how packets are shown.
const tcpdumpDisplay = "AbeEHKmMnNqStTuvxX#l"

// tcpdumpLong maps long options to short ones, or to signs where there is no short one; "" marks options that need no handling.
// A colon means that a value follows.
var tcpdumpLong = map[string]string{
	"buffer-size": "B:", "list-interfaces": "D", "help": "h", "interface": "i:", "monitor-mode": "I", "time-stamp-type": "j:",
	"list-time-stamp-types": "J", "dont-verify-checksums": "K", "list-data-link-types": "L", "no-optimize": "O",
	"no-promiscuous-mode": "p", "direction": "Q:", "snapshot-length": "s:", "absolute-tcp-sequence-numbers": "S",
	"packet-buffered": "U", "linktype": "y:", "relinquish-privileges": "Z:", "number": "#", "version": "!",
	"immediate-mode": "+", "print": "+", "count": "+", "fp-type": "!", "debug": "",
	"time-stamp-precision": "%:", "micro": "%", "nano": "%",
}

// Errors for a tcpdump command in the console.
var (
	errOwnFile = hint.Add(errors.New("tcpdump: -w FILE, -C, -G and -W cannot be used: podtracer keeps the capture itself"),
		"leave them out: every packet is kept anyway; s saves them in the console, -f on the command line")
	errReadFile = hint.Add(errors.New("tcpdump: -r reads a file of this machine, which has nothing to do with the pod's network"),
		"leave it out to capture; to read a saved file, run tcpdump -r or Wireshark outside of podtracer")
	errPostRotate = hint.Add(errors.New("tcpdump: -z runs any command as root and is refused"), "leave it out")
)

// parseCapture splits a tcpdump command. It returns nil if the command captures no live packets (tcpdump -D, --version, …); such
// a command runs unchanged. live says that somebody waits for every packet.
func parseCapture(argv []string, live bool) (*capture, error) {
	p := captureParser{argv: argv, tool: []string{argv[0]}, decoder: []string{argv[0]}}
	for p.i = 1; p.i < len(argv); p.i++ {
		if err := p.word(argv[p.i]); err != nil {
			return nil, err
		}
	}
	if p.other {
		return nil, nil
	}
	p.tool = append(p.tool, p.buffering(live)...)
	if !slices.Contains(p.decoder, "-n") {
		p.decoder = append(p.decoder, "-n")
	}
	p.decoder = append(p.decoder, "-l", "-r", "-")
	if p.rest { // so that the filter cannot become an option
		p.tool = append(p.tool, "--")
	}
	return &capture{append(p.tool, p.filter...), p.decoder, strings.Join(p.filter, " "), p.ends, p.sifts, p.device}, nil
}

// buffering returns the options that decide how soon a packet comes and how much room waiting packets have.
//
// Live, immediate mode delivers a packet when it comes instead of up to a second later, and -U writes it at once. In immediate
// mode every packet takes the room of the largest one: 8 MiB would hold little more than a hundred packets, and bursts would be
// lost, so the buffer is larger. Otherwise tcpdump writes when it has 4 KiB, which costs least; sample flushes a capture to which
// nothing comes.
func (p *captureParser) buffering(live bool) []string {
	size, options := "8192", []string{"-w", "-"}
	if live {
		size, options = "65536", []string{"--immediate-mode", "-U", "-w", "-"}
	}
	if p.buffer {
		return options
	}
	return append([]string{"-B", size}, options...)
}

type captureParser struct {
	argv                  []string
	i                     int
	tool, decoder, filter []string
	buffer, other, rest   bool
	ends                  int64 // after so many packets (-c)
	sifts                 bool  // -Q
	device                string
	stream                bool // packets go to standard output
}

func (p *captureParser) word(w string) error {
	switch {
	case p.rest || w == "-" || !strings.HasPrefix(w, "-"):
		p.filter = append(p.filter, w)
		return nil
	case w == "--":
		p.rest = true
		return nil
	case strings.HasPrefix(w, "--"):
		return p.long(w)
	default:
		return p.short(w[1:])
	}
}

// short reads a word such as -nni: flags until one takes a value, which is the rest of the word or the next word.
func (p *captureParser) short(flags string) error {
	for j, c := range flags {
		if !strings.ContainsRune(tcpdumpWithValue, c) {
			if err := p.option(c, "", []string{"-" + string(c)}); err != nil {
				return err
			}
			continue
		}
		value := flags[j+1:]
		if value == "" {
			value = p.next()
		}
		return p.option(c, value, []string{"-" + string(c), value})
	}
	return nil
}

func (p *captureParser) long(w string) error {
	name, value, given := strings.Cut(w[2:], "=")
	code := tcpdumpLong[longName(name)]
	words := []string{w}
	if strings.HasSuffix(code, ":") && !given {
		value = p.next()
		words = append(words, value)
	}
	code = strings.TrimSuffix(code, ":")
	if code == "" { // tcpdump itself complains about unknown options
		p.tool = append(p.tool, words...)
		return nil
	}
	return p.option(rune(code[0]), value, words)
}

// longName completes an abbreviated long option, as getopt_long(3) does if the abbreviation is unique.
func longName(name string) string {
	var found []string
	for whole := range tcpdumpLong {
		if whole == name {
			return name
		}
		if strings.HasPrefix(whole, name) {
			found = append(found, whole)
		}
	}
	if len(found) != 1 {
		return name
	}
	return found[0]
}

// option handles one option with its value; words are the option as it was written.
func (p *captureParser) option(c rune, value string, words []string) error {
	switch {
	case c == 'z':
		return errPostRotate
	case c == 'w' && value == "-":
		p.stream = true
		return nil
	case c == 'U', c == '+': // podtracer adds these itself, shows packets anyway, and counts them
		return nil
	case strings.ContainsRune("wCGW", c):
		return errOwnFile
	case strings.ContainsRune("rV", c):
		return errReadFile
	case strings.ContainsRune("DLJhd!", c):
		p.other = true
	case strings.ContainsRune(tcpdumpDisplay, c):
		p.decoder = append(p.decoder, words...)
		return nil
	case c == '%': // time resolution: in the file and in the text
		p.decoder = append(p.decoder, words...)
	case c == 'B':
		p.buffer = true
	case c == 'i':
		p.device = value
	case c == 'Q':
		p.sifts = true
	case c == 'c':
		p.ends, _ = strconv.ParseInt(value, 10, 64) // 0 if tcpdump refuses it
	}
	p.tool = append(p.tool, words...)
	return nil
}

func (p *captureParser) next() string {
	if p.i+1 >= len(p.argv) {
		return ""
	}
	p.i++
	return p.argv[p.i]
}

// IsTcpdump says whether the command is a tcpdump, by the name of the program.
func IsTcpdump(argv []string) bool { return filepath.Base(argv[0]) == "tcpdump" }

// writesStream says whether a tcpdump writes packets to its standard output, so that the run is a capture without changes.
//
// Errors: options that are always refused.
func writesStream(argv []string) (bool, error) {
	p := captureParser{argv: argv}
	for p.i = 1; p.i < len(argv); p.i++ {
		if err := p.word(argv[p.i]); errors.Is(err, errPostRotate) {
			return false, err // other options that the console refuses are allowed here
		}
	}
	return p.stream, nil
}
