package command

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
)

// added is what podtracer adds to a capture, apart from the buffer size.
const added = " --immediate-mode -U -w -"

func TestOptionsThatCaptureGoToTheToolAndOptionsThatShowToTheDecoder(t *testing.T) {
	for _, c := range []struct{ name, arguments, tool, decoder string }{
		{"nothing", "", "-B 65536", ""},
		{"flags by themselves", "-n -p -e", "-p -B 65536", "-n -e"},
		{"flags in one word", "-nnvvpe", "-p -B 65536", "-n -n -v -v -e"},
		{"a value in the next word", "-i eth0", "-i eth0 -B 65536", ""},
		{"a value in the same word", "-ieth0 -s96", "-i eth0 -s 96 -B 65536", ""},
		{"a value behind flags in the same word", "-ni eth0 -nvieth1", "-i eth0 -i eth1 -B 65536", "-n -n -v"},
		{"a value that looks like an option", "-i -n", "-i -n -B 65536", ""},
		{"a value that is missing", "-i", "-i  -B 65536", ""},
		{"long options with =", "--interface=eth0 --snapshot-length=96", "--interface=eth0 --snapshot-length=96 -B 65536", ""},
		{"long options without =", "--interface eth0 --direction in", "--interface eth0 --direction in -B 65536", ""},
		{"long options that show", "--number --absolute-tcp-sequence-numbers --dont-verify-checksums", "-B 65536", "--number --absolute-tcp-sequence-numbers --dont-verify-checksums"},
		{"long options that are cut short", "--inter eth0 --snap=96 --num --immed", "--inter eth0 --snap=96 -B 65536", "--num"},
		{"a long option that could be two", "--time x", "--time -B 65536 | x", ""},
		{"an option that tcpdump has to refuse", "--no-such -n", "--no-such -B 65536", "-n"},
		{"the resolution of the time is of both", "--time-stamp-precision nano --nano -tttt", "--time-stamp-precision nano --nano -B 65536", "--time-stamp-precision nano --nano -tttt"},
		{"a filter", "-i eth0 tcp port 80", "-i eth0 -B 65536 | tcp port 80", ""},
		{"options behind the filter", "tcp -i eth0 port -n 80", "-i eth0 -B 65536 | tcp port 80", "-n"},
		{"a filter behind --", "-n -- -i eth0", "-B 65536 | -- -i eth0", "-n"},
		{"a filter that begins with -", "-- -5 < ip[0]", "-B 65536 | -- -5 < ip[0]", ""},
		{"a buffer of one's own", "-B 100 -n", "-B 100", "-n"},
		{"a buffer of one's own, long", "--buffer-size=100 -n", "--buffer-size=100", "-n"},
		{"a number of packets", "-c 10 -n", "-c 10 -B 65536", "-n"},
		{"the stream", "-w - -n", "-B 65536", "-n"},
		{"the stream in one word", "-w-", "-B 65536", ""},
		{"the stream behind flags", "-nUw -", "-B 65536", "-n"},
		{"all that podtracer adds itself", "-U --packet-buffered --immediate-mode --print --count -l", "-B 65536", "-l"},
		{"a user of one's own", "-Z nobody", "-Z nobody -B 65536", ""},
		{"a file with the filter", "-F filter.txt", "-F filter.txt -B 65536", ""},
		{"ways to show with a value", "-T vxlan -M secret -E algo:key -m module", "-B 65536", "-T vxlan -M secret -E algo:key -m module"},
		{"text and bytes", "-A -XX -xx", "-B 65536", "-A -X -X -x -x"},
		{"number with its short name", "-#", "-B 65536", "-#"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseCapture(append([]string{"tcpdump"}, strings.Fields(c.arguments)...), true)
			if err != nil || got == nil {
				t.Fatalf("got %v, %v", got, err)
			}
			options, filter, _ := strings.Cut(c.tool, " | ")
			if want := strings.TrimSuffix("tcpdump "+options+added+" "+filter, " "); strings.Join(got.Tool, " ") != want {
				t.Errorf("the tool:\ngot  %s\nwant %s", strings.Join(got.Tool, " "), want)
			}
			want := strings.Fields("tcpdump " + flat(c.decoder) + " -l -r -")
			if i := len(want) - 3; !slices.Contains(want, "-n") { // -n is always there: the decoder resolves no names
				want = slices.Insert(want, i, "-n")
			}
			if diff := cmp.Diff(want, strings.Fields(flat(strings.Join(got.Decoder[:len(got.Decoder)-3], " "))+" -l -r -")); diff != "" {
				t.Errorf("the decoder: %s", diff)
			}
			if end := got.Decoder[len(got.Decoder)-3:]; !slices.Equal(end, []string{"-l", "-r", "-"}) {
				t.Errorf("the decoder ends with %v", end)
			}
		})
	}
}

// flat splits words of several short options: -tttt becomes -t -t -t -t, as the parser writes it.
func flat(words string) string {
	var all []string
	for _, w := range strings.Fields(words) {
		if len(w) > 2 && w[0] == '-' && strings.Trim(w[1:], w[1:2]) == "" && w[1] != '-' {
			for range len(w) - 1 {
				all = append(all, w[:2])
			}
			continue
		}
		all = append(all, w)
	}
	return strings.Join(all, " ")
}

func TestATcpdumpThatDoesNotCaptureIsRunAsItIs(t *testing.T) {
	for _, arguments := range []string{
		"-D", "-nD", "--list-interfaces", "--version", "--help", "-h",
		"-d tcp", "-ddd tcp", "-L -i eth0", "--list-data-link-types", "-J", "--vers", "--list-i",
	} {
		argv := append([]string{"tcpdump"}, strings.Fields(arguments)...)
		if got, err := parseCapture(argv, true); got != nil || err != nil {
			t.Errorf("%s: got %v, %v", arguments, got, err)
		}
		p, err := Understand(argv, Wish{Live: true})
		if err != nil || p.Capture || p.Decoder != nil {
			t.Errorf("%s: got %+v, %v", arguments, p, err)
		}
	}
}

func TestWhatWouldWriteOrRunBesidePodtracerIsRefusedWithAHint(t *testing.T) {
	for arguments, want := range map[string]error{
		"-w file":                errOwnFile,
		"-wfile":                 errOwnFile,
		"-nw file":               errOwnFile,
		"-C 10":                  errOwnFile,
		"-C10":                   errOwnFile,
		"-G 60":                  errOwnFile,
		"-nG60":                  errOwnFile,
		"-W 3":                   errOwnFile,
		"-w":                     errOwnFile,
		"-w /dev/stdout":         errOwnFile,
		"-z /tmp/evil":           errPostRotate,
		"-z/tmp/evil":            errPostRotate,
		"-nz /tmp/evil":          errPostRotate,
		"tcp port 80 -z evil":    errPostRotate,
		"-i eth0 -z evil -G 1":   errPostRotate,
		"-w - -z evil":           errPostRotate,
		"-D -z evil":             errPostRotate,
		"-r file.pcap -w file":   errReadFile,
		"-nrfile.pcap tcp":       errReadFile,
		"-V files":               errReadFile,
		"--interface=x -w evil":  errOwnFile,
		"-i eth0 host x -w evil": errOwnFile,
	} {
		got, err := parseCapture(append([]string{"tcpdump"}, strings.Fields(arguments)...), true)
		if got != nil || !errors.Is(err, want) || hint.Of(err) == "" {
			t.Errorf("%s: got %v, %v, hint %q", arguments, got, err, hint.Of(err))
		}
		if _, err := Understand(append([]string{"/usr/bin/tcpdump"}, strings.Fields(arguments)...), Wish{Live: true}); !errors.Is(err, want) {
			t.Errorf("%s: as a plan: %v", arguments, err)
		}
	}
}

func TestOnTheCommandLineAFileMayBeReadAndWritten(t *testing.T) {
	for _, arguments := range []string{"-r file.pcap", "-V files", "--count -r file.pcap", "-i eth0 -w file -C 10", "-r x -w -"} {
		argv := append([]string{"tcpdump"}, strings.Fields(arguments)...)
		p, err := Understand(argv, Wish{})
		if err != nil || p.Capture || p.Decoder != nil || !slices.Equal(p.Tool[len(p.Tool)-len(argv)+1:], argv[1:]) {
			t.Errorf("%s: got %+v, %v", arguments, p, err)
		}
	}
	if p, err := Understand([]string{"tcpdump", "-r", "x", "-w", "-"}, Wish{Packets: true}); err != nil || p.Capture {
		t.Errorf("with a file to be saved in: %+v, %v", p, err)
	}
}

// Who asks for packets on the standard output gets a verdict, or no packets.
func TestAStreamOnStandardOutputIsACaptureOrRefused(t *testing.T) {
	for _, arguments := range []string{"-w - -W 3", "-w - -C 10", "-G 60 -w -", "-w file -w -"} {
		if p, err := Understand(append([]string{"tcpdump"}, strings.Fields(arguments)...), Wish{}); !errors.Is(err, errOwnFile) {
			t.Errorf("%s: got %+v, %v", arguments, p, err)
		}
	}
	for _, arguments := range []string{"-w - --count", "--coun -i eth0 -w-"} {
		argv := append([]string{"tcpdump"}, strings.Fields(arguments)...)
		if p, err := Understand(argv, Wish{}); err != nil || !p.Capture || !slices.Equal(p.Tool, argv) {
			t.Errorf("%s: got %+v, %v", arguments, p, err)
		}
	}
}

func TestBehindTwoDashesNothingIsAnOption(t *testing.T) {
	got, err := parseCapture([]string{"tcpdump", "--", "-z", "evil", "-w", "x"}, true)
	if err != nil || !slices.Equal(got.Tool[len(got.Tool)-4:], []string{"-z", "evil", "-w", "x"}) {
		t.Fatalf("got %v, %v", got, err)
	}
	if at := slices.Index(got.Tool, "--"); at < 0 || at != len(got.Tool)-5 {
		t.Errorf("tcpdump would take the filter for options: %v", got.Tool)
	}
}

func TestAStreamOnStandardOutputIsKnownHoweverItIsWritten(t *testing.T) {
	for arguments, want := range map[string]bool{
		"-w -": true, "-w-": true, "-nw -": true, "-nw-": true, "-i eth0 tcp -w -": true, "-s96 -Uw-": true, "-r x -w -": true,
		"": false, "-w x": false, "-wx": false, "-i w -": false, "-i -w -": false, "-- -w -": false, "-n": false, "--w -": false,
	} {
		if got, _ := writesStream(append([]string{"tcpdump"}, strings.Fields(arguments)...)); got != want {
			t.Errorf("%s: got %v", arguments, got)
		}
	}
}

func TestOnlyTcpdumpIsTakenApart(t *testing.T) {
	for name, capture := range map[string]bool{"tcpdump": true, "/usr/bin/tcpdump": true, "./tcpdump": true, "tshark": false, "tcpdumpx": false, "/tcpdump/x": false} {
		p, err := Understand([]string{name, "-n", "-z"}, Wish{Live: true})
		if capture != (err != nil) {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
	p, err := Understand([]string{"tcpdump", "-n", "-w", "-"}, Wish{})
	if err != nil || !p.Capture || p.Decoder != nil || !slices.Equal(p.Tool[len(p.Tool)-3:], []string{"-n", "-w", "-"}) {
		t.Errorf("want an unchanged command without readers, got %+v, %v", p, err)
	}
}

func TestTheLastWordOfTcpdumpSaysWhatItIsAbout(t *testing.T) {
	for said, want := range map[string]string{
		"tcpdump: can't parse filter expression: syntax error\n":                        "can't parse filter expression: syntax error",
		"tcpdump: eth7: No such device exists\n(No such device exists)\n":               "eth7: No such device exists",
		"tcpdump: eth7: No such device exists\r\n(SIOCGIFHWADDR: No such device)\r\n":   "eth7: No such device exists",
		"Warning: interface names might be incorrect\ntcpdump: unknown host 'nobody'\n": "unknown host 'nobody'",
		"(alone)": "(alone)",
	} {
		if got := LastWord(said); got != want {
			t.Errorf("%q: %q", said, got)
		}
	}
}

func TestATcpdumpThatIsToldADirectionThrowsPacketsAway(t *testing.T) {
	for arguments, want := range map[string]bool{
		"-i eth0": false, "-i Q port 53": false, "-Q in": true, "-nQout": true, "--direction=in": true, "--dir in": true,
	} {
		for _, live := range []bool{true, false} {
			plan, err := Understand(append([]string{"tcpdump", "-w", "-"}, strings.Fields(arguments)...), Wish{Live: live})
			if err != nil || plan.Sifts != want {
				t.Errorf("%s, live %v: %v, %v", arguments, live, plan.Sifts, err)
			}
		}
	}
}

func TestTheInterfaceOfACaptureIsKnownHoweverItIsWritten(t *testing.T) {
	for line, want := range map[string]string{
		"tcpdump -i lo -w -": "lo", "tcpdump -nilo": "lo", "tcpdump --interface=eth1 port 80": "eth1", "tcpdump --interface eth1": "eth1", "tcpdump -n": "",
		"tcpdump -n -- -i lo": "", "tcpdump -i any -Q in": "any", "ping -i 1 lo": "", "tcpdump -D": "",
	} {
		if got := Device(strings.Fields(line)); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
}

func TestATcpdumpThatWritesItsOwnFileIsKnown(t *testing.T) {
	for line, want := range map[string]bool{
		"tcpdump -w x.pcap": true, "tcpdump -G 60 -w x": true, "tcpdump -w -": false, "tcpdump -i lo": false, "tcpdump -r x.pcap": false, "cat -w x": false,
	} {
		if got := WritesOwnFile(strings.Fields(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// libpcap makes its netlink buffer for nflog as small as -s, and loses what does not fit without counting it.
func TestHeadersOfNflogAreShortenedByPodtracerAlone(t *testing.T) {
	for device, want := range map[string]bool{"eth0": true, "nflog": false, "nflog:7": false} {
		plan, err := Understand([]string{"tcpdump", "-i", device, "-w", "-"}, Wish{Headers: true})
		if err != nil || slices.Contains(plan.Tool, "-s") != want {
			t.Errorf("%s: %q, %v", device, plan.Tool, err)
		}
	}
}
