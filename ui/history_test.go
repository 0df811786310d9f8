package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
)

var past = historyMsg{kept: []ran{{"tcpdump", "-i any -n"}, {"ss", "-tln"}, {"tcpdump", "-i eth0 port 53"}, {anyCommand, "bridge fdb"}, {"tcpdump", "-i any -n"}}}

func TestUpAndDownWalkInTheHistoryOfTheTool(t *testing.T) {
	p := openForm(t, 80, 24)
	p.tell(past)
	p.press("tab", " udp", "up")
	p.sees("│ -i any -n  ")
	p.press("up")
	p.sees("│ -i eth0 port 53  ")
	p.press("up") // there is no more
	p.sees("│ -i eth0 port 53  ")
	p.press("down", "down")
	p.sees("│ -i eth0 -n udp  ")
	p.press("down") // to the first field
	p.sees("▸stop after")
	p.press("shift+tab", "up", "up", " and tcp", "up") // what was changed is a line of its own
	p.sees("│ -i any -n  ")
	p.press("down")
	p.sees("│ -i eth0 port 53 and tcp  ")
}

func TestWhatIsStartedIsRememberedAndKept(t *testing.T) {
	p := openForm(t, 80, 24)
	p.press("enter")
	p.tell(startedMsg{err: os.ErrDeadlineExceeded})
	p.press("G", "enter") // nothing was typed, nothing is started
	p.press("tab", "nstat -a", "enter")
	want := []ran{{"tcpdump", "-i eth0 -n"}, {anyCommand, "nstat -a"}}
	if diff := cmp.Diff(want, p.kept); diff != "" {
		t.Error(diff)
	}
	p.tell(startedMsg{err: os.ErrDeadlineExceeded})
	p.press("ctrl+u", "x", "up")
	p.sees("│ nstat -a  ")
}

func TestTheHistoryIsSearched(t *testing.T) {
	p := openForm(t, 80, 24)
	p.tell(past)
	p.press("tab", "ctrl+r")
	p.sees("what was started", "▸ tcpdump      -i any -n", "bridge fdb")
	if first, ss := strings.Index(p.screen(), "port 53"), strings.Index(p.screen(), "-tln"); ss < first {
		t.Errorf("the chosen tool does not come first:\n%s", p.screen())
	}
	p.press("fdb", "enter")
	p.sees("▸ any command", "│ bridge fdb  ")
	p.press("ctrl+r", "nothing like it")
	p.sees("nothing that was started has these words")
	p.press("enter", "esc")
	p.sees("│ bridge fdb  ")
	p.press("ctrl+r", "53", "enter", "enter")
	if len(p.started) != 1 || fmt.Sprint(p.started[0].Argv) != "[tcpdump -i eth0 port 53]" {
		t.Error(p.started)
	}
}

func TestTheHistoryIsInItsFileForTheNextConsole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	for i := range 3 {
		if msg := keepHistory(dir, ran{"ss", fmt.Sprint("-t", i)}); msg != nil {
			t.Fatal(msg)
		}
	}
	want := historyMsg{kept: []ran{{"ss", "-t0"}, {"ss", "-t1"}, {"ss", "-t2"}}}
	if diff := cmp.Diff(want, loadHistory(dir), cmp.AllowUnexported(historyMsg{})); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(filepath.Join(dir, historyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}

func TestTheHistoryStaysSmall(t *testing.T) {
	dir := t.TempDir()
	for i := range keepRan + 150 {
		if msg := keepHistory(dir, ran{"ss", fmt.Sprint("-t", i)}); msg != nil {
			t.Fatal(msg)
		}
		if lines, err := readHistory(dir); err != nil || len(lines) > keepRan {
			t.Fatal(len(lines), err)
		}
	}
	kept := loadHistory(dir).(historyMsg).kept
	if last := kept[len(kept)-1]; last.Arguments != fmt.Sprint("-t", keepRan+149) || len(kept) < historyRest {
		t.Error(len(kept), last)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Error(left)
	}
}

func TestABrokenHistoryIsSaidOnceAndWhatCanBeReadIsThere(t *testing.T) {
	dir := t.TempDir()
	text := `{"tool":"ss","arguments":"-t"}` + "\nrubbish\n\x1b[2J\n" + `{"tool":"ss","argum`
	if err := os.WriteFile(filepath.Join(dir, historyFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := openForm(t, 80, 24)
	p.tell(loadHistory(dir))
	p.sees("3 lines of the history in")
	if msg := keepHistory(dir, ran{"ss", "-u"}); msg != nil {
		t.Fatal(msg)
	}
	if kept := loadHistory(dir).(historyMsg).kept; len(kept) != 2 || kept[1].Arguments != "-u" {
		t.Error(kept) // the line that was cut short has not taken it along
	}
}

func TestAHistoryThatCannotBeWrittenIsSaidOnceAndWalksAllTheSame(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, historyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	msg := keepHistory(dir, ran{"ss", "-t"})
	if _, ok := msg.(historyKeptMsg); !ok {
		t.Fatalf("%#v", msg)
	}
	p := openForm(t, 80, 24)
	p.tell(loadHistory(dir))
	p.sees("the history of commands is for this console only")
	p.press("tab")
	p.seesNot("for this console only")
	p.tell(msg)
	p.seesNot("for this console only")
	p.press("enter")
	p.tell(startedMsg{err: os.ErrDeadlineExceeded})
	p.press("ctrl+u", "up")
	p.sees("│ -i eth0 -n  ")
	if len(p.kept) > 0 {
		t.Error("it still tries to keep it")
	}
}

func TestWhatTheHistoryHoldsAndWhatIsPastedCanSendTheTerminalNothing(t *testing.T) {
	dir := t.TempDir()
	for _, r := range []ran{{"tcpdump", "\u202e\u009b31m\x1b[2J"}, {"\x1b]0;x\a", "-t"}} {
		keepHistory(dir, r)
	}
	p := openForm(t, 80, 24)
	p.tell(loadHistory(dir))
	p.sees("2 lines of the history")
	p.press("ctrl+r", "esc", "tab", "up")
	p.tell(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("\u202e\u009b31m"), Paste: true})
	p.sees("│ -i eth0 -n31m  ")
	if screen := p.m.View(); strings.ContainsAny(screen, "\u202e\u009b\a") {
		t.Errorf("%q", screen)
	}
}

func TestTheHistoryLooksAsItWasApproved(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		p := openForm(t, size[0], size[1])
		p.tell(past)
		p.press("tab", "ctrl+r", "i")
		fits(t, p, "the history")
		golden(t, fmt.Sprintf("form-history-%dx%d", size[0], size[1]), p.screen())
	}
}
