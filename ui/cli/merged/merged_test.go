package merged

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
)

// set is a set of runs with a real text.
type set struct {
	*text.Text
	runs []*text.Text
}

func newSet(runs int) *set {
	s := &set{Text: text.New(text.Kind{})}
	for i := range runs {
		s.runs = append(s.runs, text.New(text.Kind{Run: i + 1, Set: s.Text}))
		s.Join(nil)
	}
	return s
}

// reader lets Copy read a set.
type reader struct{ *set }

func (r reader) Text(ctx context.Context, _ tools.TextID, seen text.State) (text.State, error) {
	return r.Next(ctx, seen)
}
func (r reader) Lines(ctx context.Context, _ tools.TextID, numbers []uint64) ([]text.Line, error) {
	return r.set.Lines(ctx, numbers)
}

func label(run int) string { return "[" + string(rune('a'+run-1)) + "] " }

// copied ends the runs and returns what Copy wrote.
func copied(t *testing.T, s *set, terminal bool) (out, notes string) {
	t.Helper()
	for _, r := range s.runs {
		r.End()
	}
	var o, n bytes.Buffer
	over, end := context.WithCancel(t.Context())
	end()
	if missing, err := Copy(over, reader{s}, 1, Output{Out: &o, Notes: &n, Label: label, Terminal: terminal}); missing != 0 || err != nil {
		t.Errorf("%d lines are missing, %v", missing, err)
	}
	return o.String(), n.String()
}

func TestLinesOfSeveralPodsComeInTheOrderOfTheTimesThatTcpdumpWroteBehindTheirLabels(t *testing.T) {
	s := newSet(2)
	first, second := s.runs[0].Writer(false), s.runs[1].Writer(false)
	_, _ = second.Write([]byte("12:00:01.000002 IP b > a\n12:00:01.000004 IP d > c\n"))
	_, _ = first.Write([]byte("12:00:01.000001 IP a > b\n\t0x0000: 45\n12:00:01.000003 IP c > d\n"))
	out, notes := copied(t, s, false)
	want := "[a] 12:00:01.000001 IP a > b\n[a] \t0x0000: 45\n[b] 12:00:01.000002 IP b > a\n[a] 12:00:01.000003 IP c > d\n[b] 12:00:01.000004 IP d > c\n"
	if out != want || notes != "" {
		t.Errorf("%q, %q", out, notes)
	}
}

func TestALongLineIsOneLineAgainAndWhatStandsBesideTheOutputIsKeptApart(t *testing.T) {
	long := strings.Repeat("x", 3*text.MaxLine)
	s := newSet(2)
	first, second := s.runs[0].Writer(false), s.runs[1].Writer(false)
	_, _ = first.Write([]byte(long[:text.MaxLine+1]))
	_, _ = second.Write([]byte("between\n"))
	_, _ = first.Write([]byte(long[text.MaxLine+1:] + "\nafter\n"))
	s.runs[1].Note("beside")
	out, notes := copied(t, s, false)
	if lines := strings.Split(out, "\n"); len(lines) != 4 || !strings.Contains(out, "[a] "+long+"\n[a] after\n") || !strings.Contains(out, "[b] between\n") {
		t.Errorf("%d lines: %.200q…", len(lines), out)
	}
	if !strings.Contains(notes, "beside") {
		t.Errorf("beside it: %q", notes)
	}
}

func TestATerminalGetsNoColoursAndNothingThatCouldMoveItsCursor(t *testing.T) {
	s := newSet(1)
	w := s.runs[0].Writer(false)
	_, _ = w.Write([]byte("\x1b[1;31mred\x1b[0m\x1b[2J\n"))
	if out, _ := copied(t, s, true); out != "[a] red\\x1b[2J\n" {
		t.Errorf("%q", out)
	}
	s = newSet(1)
	_, _ = s.runs[0].Writer(false).Write([]byte("\x1b[1;31mred\n"))
	if out, _ := copied(t, s, false); out != "[a] \x1b[1;31mred\n" {
		t.Errorf("a pipe gets %q", out)
	}
}

// broken is an output whose reader has gone.
type broken struct{}

var errBroken = errors.New("gone")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestAnOutputWhoseReaderHasGoneEndsTheCopy(t *testing.T) {
	s := newSet(1)
	_, _ = s.runs[0].Writer(false).Write([]byte("text\n"))
	s.runs[0].End()
	if _, err := Copy(t.Context(), reader{s}, 1, Output{Out: broken{}, Notes: broken{}, Label: label}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// short is a reader whose first lines are gone.
type short struct{ reader }

func (s short) Lines(ctx context.Context, id tools.TextID, numbers []uint64) ([]text.Line, error) {
	return s.reader.Lines(ctx, id, numbers[2:])
}

func TestLinesThatWereDroppedAreCounted(t *testing.T) {
	s := newSet(1)
	_, _ = s.runs[0].Writer(false).Write([]byte("1\n2\n3\n"))
	s.runs[0].End()
	over, end := context.WithCancel(t.Context())
	end()
	var out bytes.Buffer
	if missing, err := Copy(over, short{reader{s}}, 1, Output{Out: &out, Notes: &out, Label: label}); missing != 2 || err != nil || out.String() != "[a] 3\n" {
		t.Errorf("%d are missing, %v: %q", missing, err, out.String())
	}
}

func TestStandardErrorIsWrittenLineByLineBehindTheLabel(t *testing.T) {
	var out bytes.Buffer
	var turn sync.Mutex
	a, b := &Lines{To: &out, Turn: &turn, Label: "[a] "}, &Lines{To: &out, Turn: &turn, Label: "[b] ", Terminal: true}
	for _, w := range []struct {
		to   *Lines
		text string
	}{{a, "one\ntw"}, {b, "thr\x1b[0mee\r\n"}, {a, "o\n"}, {b, "fo\x1bur"}} {
		_, _ = w.to.Write([]byte(w.text))
	}
	a.Flush()
	b.Flush()
	if want := "[a] one\n[b] three\n[a] two\n[b] fo\\x1bur\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}

func TestFilesOfPodsAreInOneDirectoryAndNeverHaveTheSameName(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range []k8s.Pod{
		{Namespace: "a", Name: "b-c"}, {Namespace: "a-b", Name: "c"}, {Namespace: "a", Name: "b"}, {Namespace: "a", Name: "b-2"}, {Namespace: "a", Name: "b.2"},
	} {
		for n := 1; n <= 3; n++ {
			name := FileName("dir/x.pcapng", p, n)
			if seen[name] || !strings.HasPrefix(name, "dir/x_") || strings.Count(name, "/") != 1 || !strings.HasSuffix(name, ".pcapng") {
				t.Errorf("%s, %d: %s", p, n, name)
			}
			seen[name] = true
		}
	}
	for path, want := range map[string]string{"x": "x_shop_web-0", ".hidden": ".hidden_shop_web-0", "a.b/x": "a.b/x_shop_web-0", "x.tar.gz": "x.tar_shop_web-0.gz"} {
		if got := FileName(path, k8s.Pod{Namespace: "shop", Name: "web-0"}, 1); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
