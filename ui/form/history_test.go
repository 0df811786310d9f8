package form

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var past = historyMsg{kept: []ran{{"tcpdump", "-i any -n"}, {"ss", "-tln"}, {"tcpdump", "-i eth0 port 53"}, {anyCommand, "bridge fdb"}, {"tcpdump", "-i any -n"}}}

func TestUpAndDownWalkInTheHistoryOfTheTool(t *testing.T) {
	u := useAlone(t, "")
	u.tell(past)
	u.press("tab", " udp", "up")
	u.sees("│ -i any -n  ")
	u.press("up")
	u.sees("│ -i eth0 port 53  ")
	u.press("up") // there is no older command
	u.sees("│ -i eth0 port 53  ")
	u.press("down", "down")
	u.sees("│ -i eth0 -n udp  ")
	u.press("down") // to the first field
	u.sees("▸stop after")
	u.press("shift+tab", "up", "up", " and tcp", "up") // a changed line is an entry of its own
	u.sees("│ -i any -n  ")
	u.press("down")
	u.sees("│ -i eth0 port 53 and tcp  ")
}

func TestWhatIsStartedIsRememberedAndKept(t *testing.T) {
	dir := t.TempDir()
	u := useAlone(t, dir)
	u.press("enter")
	u.form.Started(os.ErrDeadlineExceeded)
	u.press("G", "enter") // nothing was typed, so nothing starts
	u.press("tab", "nstat -a", "enter")
	want := historyMsg{kept: []ran{{"tcpdump", "-i eth0 -n"}, {anyCommand, "nstat -a"}}}
	if diff := cmp.Diff(want, loadHistory(dir), cmp.AllowUnexported(historyMsg{})); diff != "" {
		t.Error(diff)
	}
	u.form.Started(os.ErrDeadlineExceeded)
	u.press("ctrl+u", "x", "up")
	u.sees("│ nstat -a  ")
}

func TestTheHistoryIsSearched(t *testing.T) {
	u := useAlone(t, "")
	u.tell(past)
	u.press("tab", "ctrl+r")
	u.sees("commands that were started", "▸ tcpdump      -i any -n", "bridge fdb")
	if first, ss := strings.Index(u.screen(), "port 53"), strings.Index(u.screen(), "-tln"); ss < first {
		t.Errorf("the chosen tool does not come first:\n%s", u.screen())
	}
	u.press("fdb", "enter")
	u.sees("▸ any command", "│ bridge fdb  ")
	u.press("ctrl+r", "nothing like it")
	u.sees("no command has these words")
	u.press("enter", "esc")
	u.sees("│ bridge fdb  ")
	u.press("ctrl+r", "53", "enter", "enter")
	if len(u.started) != 1 || fmt.Sprint(u.started[0].Requests[0].Argv) != "[tcpdump -i eth0 port 53]" {
		t.Error(u.started)
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
	u := useAlone(t, dir)
	u.do(u.form.Init())
	if len(u.said) != 1 || !strings.Contains(u.said[0].Error(), "3 lines of the history file") {
		t.Error(u.said)
	}
	if msg := keepHistory(dir, ran{"ss", "-u"}); msg != nil {
		t.Fatal(msg)
	}
	if kept := loadHistory(dir).(historyMsg).kept; len(kept) != 2 || kept[1].Arguments != "-u" {
		t.Error(kept) // the line that was cut short has not spoiled this one
	}
}

func TestAHistoryThatCannotBeWrittenIsSaidOnceAndWalksAllTheSame(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, historyFile), 0o700); err != nil {
		t.Fatal(err)
	}
	u := useAlone(t, dir)
	u.press("enter")
	u.form.Started(os.ErrDeadlineExceeded)
	u.do(u.form.Init())
	if len(u.said) != 1 || !strings.Contains(u.said[0].Error(), "the history of commands is for this console only") {
		t.Error(u.said)
	}
	u.press("tab", "ctrl+u", "up")
	u.sees("│ -i eth0 -n  ")
	if cmd := u.form.remember(); cmd != nil {
		t.Error("the form still tries to save the history")
	}
}
