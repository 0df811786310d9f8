package tty

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const castHead = `{"version":2,"width":80,"height":24}` + "\n"

// play plays a cast and returns what was written to the terminal.
func play(t testing.TB, cast io.ReadSeeker) (written string, err error) {
	t.Helper()
	c, err := OpenCast(cast)
	if err != nil {
		return "", err
	}
	return playOpened(t, t.Context(), c, 1000)
}

func playOpened(t testing.TB, ctx context.Context, c *Cast, speed float64) (written string, err error) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() { // ends when the other end is closed
		all, _ := io.ReadAll(read)
		got <- string(all)
	}()
	defer func() {
		if r := recover(); r != nil {
			err = errPanicked
		}
		write.Close()
		written = <-got
		read.Close()
	}()
	err = Replay{Speed: speed, MaxIdle: time.Millisecond, In: write, Out: write}.Play(ctx, c)
	return "", err
}

var errPanicked = errors.New("panicked")

// event makes a line of a cast.
func event(at float64, kind, data string) string {
	line, _ := json.Marshal([]any{at, kind, data})
	return string(line) + "\n"
}

func TestARecordingCanOnlyDraw(t *testing.T) {
	for name, c := range map[string]struct {
		data []string
		want string
	}{
		"a clipboard and a question":             {[]string{"a\x1b[31mb\x1b]52;c;aGk=\x07c\x1b[5nd"}, "a\x1b[31mbcd"},
		"modes and a question in a string":       {[]string{"\x1b[?1049h\x1b[2J\x1b[?1000h\x1bP+q\x1b\\e"}, "\x1b[2Je"},
		"sequences in several pieces":            {[]string{"\x1b", "[1", "0;5Hf\x1b[6n\x1bcg│\x1b]52;c;", "aGk", "=\ah\x1b]0;x\x1b", "\\i"}, "\x1b[10;5Hfg│hi"},
		"a sequence without its end":             {[]string{"a\x1b["}, "a"},
		"one within another":                     {[]string{"a\x1b[\x1b[\x1b[mb"}, "a\x1b[mb"},
		"a mode that holds the screen":           {[]string{"a\x1b[?2026hb"}, "ab"},
		"modes that are taken back":              {[]string{"\x1b[?25l\x1b[?7l\x1b[2;9r"}, "\x1b[?25l\x1b[?7l\x1b[2;9r"},
		"several modes at once":                  {[]string{"a\x1b[?25;1000hb\x1b[4hc"}, "abc"},
		"numbers without bound":                  {[]string{"a\x1b[99999999999999999999Lb\x1b[10000Bc"}, "abc"},
		"many of the same in few bytes":          {[]string{"a\x1b[256b\x1b[257b\x1b[0009999b"}, "a\x1b[256b"},
		"numbers that terminals know":            {[]string{"\x1b[38;2;255;0;17m\x1b[4:3m\x1b[9999;9999H"}, "\x1b[38;2;255;0;17m\x1b[4:3m\x1b[9999;9999H"},
		"a sequence that goes on and on":         {[]string{"a\x1b[" + strings.Repeat("1;", 1<<20) + "m"}, "a" + strings.Repeat("1;", 1<<20)[longestSequence-1:] + "m"},
		"a string that goes on and on":           {[]string{"a\x1b]" + strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20), "\ab"}, "ab"},
		"other letters, keys, a reset, a cursor": {[]string{"\x1b(0\x1b=\x1b>\x1bc\x1b[3 q\x1b[!p\x1b#8\x0e\x0fa"}, "a"},
		"C1 controls and reversed writing":       {[]string{"a\u009b5n\u0090x\u009c\u202eb"}, "a5nxb"},
		"what is no output":                      {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cast := castHead
			for _, data := range c.data {
				cast += event(0, "o", data)
			}
			got, err := play(t, strings.NewReader(cast+event(0, "i", "typed")))
			if err != nil || got != playing+c.want+played {
				t.Errorf("got %q, %v", got[:min(len(got), 500)], err)
			}
		})
	}
}

func TestARecordingHasBounds(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                   {"", "line 1: it is empty"},
		"a header that is none":   {"[]\n", "line 1: not the header"},
		"a wide terminal":         {`{"version":2,"width":100000,"height":24}`, "a terminal of 100000x24"},
		"one that becomes wide":   {castHead + event(1, "r", "80x10001"), "line 2: a terminal of an unknown size"},
		"one of no size":          {castHead + event(1, "r", "-1x24"), "line 2: a terminal of an unknown size"},
		"no size at all":          {castHead + event(1, "r", "x"), "line 2: a terminal of an unknown size"},
		"years":                   {castHead + event(1e9, "o", "x"), "line 2: not an event: a time of 1e+09 s"},
		"before the beginning":    {castHead + event(-1, "o", "x"), "line 2: not an event: a time of -1 s"},
		"a number past numbers":   {castHead + "[1e999,\"o\",\"\"]\n", "line 2: not an event"},
		"an event without fields": {castHead + "[]\n", "line 2: not an event: 0 fields"},
		"a nested event":          {castHead + strings.Repeat("[", 1<<20) + "\n", "line 2: not an event"},
		"a long event":            {castHead + event(0, "o", strings.Repeat("x", longestEvent)), "line 1: cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := play(t, strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestEmptyLinesOfARecordingCostNothing(t *testing.T) {
	if got, err := play(t, strings.NewReader(castHead+strings.Repeat("\n", 30<<20)+event(0, "o", "end"))); err != nil || got != playing+"end"+played {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheTerminalIsGivenBackHoweverAReplayEnds(t *testing.T) {
	begun := castHead + event(0, "o", "\x1b[?25lbegun")
	opened := func(rest io.Reader) *Cast {
		c, err := openCast(io.MultiReader(strings.NewReader(begun), rest))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx  context.Context
		rest io.Reader
		want string
	}{
		"at its end":                    {t.Context(), strings.NewReader(""), "\x1b[?25lbegun"},
		"at a line that is no event":    {t.Context(), strings.NewReader("x\n"), "\x1b[?25lbegun"},
		"at a file that cannot be read": {t.Context(), iotest.ErrReader(errors.New("broken")), "\x1b[?25lbegun"},
		"at a signal":                   {ended, strings.NewReader(event(1e6, "o", "x")), ""},
		"at a panic":                    {t.Context(), panics{}, "\x1b[?25lbegun"},
	} {
		t.Run(name, func(t *testing.T) {
			written, err := playOpened(t, c.ctx, opened(c.rest), 1)
			if errors.Is(err, errPanicked) != (name == "at a panic") {
				t.Error(err)
			}
			if !strings.HasPrefix(written, playing+c.want) && c.want != "" || !strings.HasSuffix(written, played) {
				t.Errorf("got %q", written)
			}
		})
	}
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("broken") }

// drawn matches the sequences that may reach the terminal.
var drawn = regexp.MustCompile("\x1b(?:\\[[0-9;:]*[A-HJKLMPSTX@`abdefmrsu]|\\[\\?(?:25|7)[hl]|[78MDE])")

// checkPlayed checks what playing a file writes to the terminal, if the file is a cast.
func checkPlayed(t *testing.T, cast string) {
	got, err := play(t, strings.NewReader(cast))
	if errors.Is(err, errPanicked) {
		t.Fatal(err)
	}
	if got == "" {
		return // the file was refused
	}
	within, begun := strings.CutPrefix(got, playing)
	within, ended := strings.CutSuffix(within, played)
	if !begun || !ended || len(within) > 3*len(cast) {
		t.Errorf("the terminal got %q", got)
	}
	for _, r := range drawn.ReplaceAllString(within, "") {
		if r < ' ' && !strings.ContainsRune("\r\n\b\t", r) || 0x7f <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e {
			t.Errorf("the terminal got %q in %q", r, got)
		}
	}
	for _, number := range regexp.MustCompile(`[0-9]{5,}`).FindAllString(strings.Join(drawn.FindAllString(within, -1), " "), -1) {
		if strings.TrimLeft(number, "0") != "" && len(strings.TrimLeft(number, "0")) > 4 {
			t.Errorf("the terminal got %s", number)
		}
	}
}

// FuzzACastIsPlayed plays files with any content.
func FuzzACastIsPlayed(f *testing.F) {
	f.Add(castHead + event(0, "o", "a\x1b[31mb\x1b]52;c;aGk=\ac\x1b["))
	f.Add(castHead + event(0.5, "r", "100x30") + "\n" + event(1, "o", "\x1b[?2026h\x1b[99999b\x1bP+q\x1b\\"))
	f.Fuzz(checkPlayed)
}

// FuzzWhatACastDraws plays any output, split into two events.
func FuzzWhatACastDraws(f *testing.F) {
	f.Add("\x1b[", "31m")
	f.Add("a\x1b]52;c;aGk=", "\a\x1b[?25l\x1b(0\u009b5n")
	f.Fuzz(func(t *testing.T, first, second string) {
		checkPlayed(t, castHead+event(0, "o", first)+event(0, "o", second))
	})
}
