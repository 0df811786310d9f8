package command

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParseCapture checks what must hold for every tcpdump command, valid or not.
func FuzzParseCapture(f *testing.F) {
	for _, seed := range []string{
		"", "-i eth0 -n", "-nni any -s0 port 80", "-c 5 -vvXe tcp and host 10.0.0.1", "--interface=eth0 --nano -ttt", "-B 8192 -Qin icmp",
		"-w - -U", "-z evil", "-w file", "-G 1 -W 2", "-r x.pcap", "-- -z", "--imm --snap 100", "-i", "-s", "-", "-y EN10MB -j host -# -A",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, arguments string, live bool) {
		words := strings.Fields(arguments)
		argv := append([]string{"tcpdump"}, words...)
		c, err := parseCapture(argv, live)
		if !slices.Equal(argv[1:], words) {
			t.Fatalf("the words were changed: %q", argv)
		}
		if err != nil || c == nil {
			if c != nil {
				t.Fatalf("both %+v and %v", c, err)
			}
			return
		}
		checkTool(t, words, c, live)
		checkDecoder(t, words, c)
	})
}

// checkTool checks that the tool writes packets to its standard output only, and has the whole filter.
func checkTool(t *testing.T, words []string, c *capture, live bool) {
	t.Helper()
	options := c.Tool[:len(c.Tool)-len(strings.Fields(c.Filter))]
	for i, w := range options {
		toStdout := w == "-w" && i+1 < len(options) && options[i+1] == "-"
		if (w == "-z" || strings.HasPrefix(w, "-w") && !toStdout) && !isValue(options, i) {
			t.Errorf("%q stands in %q", w, c.Tool)
		}
	}
	if end := "--immediate-mode -U -w -"; strings.HasSuffix(strings.TrimSuffix(Join(options), " --"), end) != live {
		t.Errorf("live is %v: %q", live, c.Tool)
	}
	if !slices.Equal(c.Tool[len(options):], strings.Fields(c.Filter)) {
		t.Errorf("the filter %q is not at the end of %q", c.Filter, c.Tool)
	}
	at := 0
	for _, w := range strings.Fields(c.Filter) { // every word of the filter comes from the person, in this order
		next := slices.Index(words[at:], w)
		if next < 0 {
			t.Fatalf("%q of the filter is not in %q", w, words)
		}
		at += next + 1
	}
}

// isValue says whether the word at i is the value of the option before it.
func isValue(words []string, i int) bool {
	if i < 1 || len(words[i-1]) < 2 || words[i-1][0] != '-' {
		return false
	}
	before := words[i-1]
	if strings.HasPrefix(before, "--") {
		return !strings.Contains(before, "=")
	}
	return strings.ContainsRune(tcpdumpWithValue, rune(before[len(before)-1]))
}

// checkDecoder checks that the decoder reads the stream, captures nothing and writes no file.
func checkDecoder(t *testing.T, words []string, c *capture) {
	t.Helper()
	n := len(c.Decoder)
	if n < 4 || !slices.Equal(c.Decoder[n-3:], []string{"-l", "-r", "-"}) {
		t.Fatalf("the decoder is %q", c.Decoder)
	}
	for i, w := range c.Decoder[1 : n-3] {
		if isValue(c.Decoder, i+1) {
			continue
		}
		if !strings.HasPrefix(w, "-") || strings.HasPrefix(w, "-i") || strings.HasPrefix(w, "-w") || strings.HasPrefix(w, "-z") || strings.HasPrefix(w, "-s") {
			t.Errorf("%q stands in %q, from %q", w, c.Decoder, words)
		}
	}
}
