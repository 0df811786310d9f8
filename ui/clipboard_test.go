package ui

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/save"
)

func TestTheLineThatRunsTheSameIsCopiedFromARunAndFromTheList(t *testing.T) {
	p := sit(t, 80, 24)
	run := state(1, tools.Running)
	run.Asked = []string{"tcpdump", "-i", "eth0", "tcp[13] & 2 != 0"}
	p.tell(shop(), listMsg{tools.List{run}, 1}, startedMsg{id: 1})
	p.press("y")
	p.sees("copied 109 bytes: whether the terminal took it, it does not say (OSC 52)", "y copy")
	p.press("Y", "r", "y", "Y")
	line := "podtracer run --pod cart-7f9c4-x2lpq -n shop -f cart-7f9c4-x2lpq.pcapng -- tcpdump -i eth0 'tcp[13] & 2 != 0'"
	plain := "tcpdump -i eth0 'tcp[13] & 2 != 0'"
	if diff := cmp.Diff([]string{line, plain, line, plain}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestWhatEndsARunIsInTheLineThatIsCopied(t *testing.T) {
	run := state(1, tools.Running)
	run.Limits = tools.Limits{Timer: 90 * time.Second, Size: 100 << 20, Packets: 5000, MinFree: -1}
	run.Ring = tools.Ring{Size: 1000, FreezeOn: regexp.MustCompile("Flags .R"), KeepAfter: 30 * time.Second}
	run.Headers, run.Asked = true, []string{"tcpdump"}
	want := "podtracer run --pod cart-7f9c4-x2lpq -n shop -t 1m30s --max-size 100MiB --max-packets 5000 --min-free none" +
		" --ring 1000 --freeze-on 'Flags .R' --keep-after 30s --snaplen-headers -f cart-7f9c4-x2lpq.pcapng -- tcpdump"
	if got := runLine(run); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestThePathOfASavedFileIsCopied(t *testing.T) {
	p := watchRun(t)
	p.press("ctrl+y")
	p.sees("nothing of this run was saved yet", "s saves it")
	p.press("f")
	p.tell(savedMsg{id: 1, saved: save.File{Path: "/captures/cart.pcapng", Packets: 3}, capture: true})
	p.sees("/captures/cart.pcapng (ctrl+y copies the path)")
	p.press("down", "ctrl+y")
	if diff := cmp.Diff([]string{"/captures/cart.pcapng"}, p.copied); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsCopiedIsOneSequenceThatATerminalUnderstands(t *testing.T) {
	text := "ping -c 3 'wéb' \x1b]0;not a title\a"
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	for tmux, want := range map[bool]string{
		false: "\x1b]52;c;" + encoded + "\a",
		true:  "\x1b]52;c;" + encoded + "\a" + "\x1bPtmux;\x1b\x1b]52;c;" + encoded + "\a\x1b\\",
	} {
		if got, err := clipboardSequence(text, tmux); err != nil || string(got) != want {
			t.Errorf("tmux %v: %q, %v; want %q", tmux, got, err, want)
		}
	}
}

func TestTextThatTerminalsWouldCutIsRefused(t *testing.T) {
	longest := strings.Repeat("x", maxCopied)
	if got, err := clipboardSequence(longest, false); err != nil || len(got) > 100_000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := clipboardSequence(longest+"x", false); err == nil || !strings.Contains(err.Error(), "74,994") {
		t.Errorf("one more: %v", err)
	}
}

func TestATextIsCopiedByASingleWrite(t *testing.T) {
	t.Setenv("TMUX", "")
	out, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	msg, ok := copyTo(NewTerminal(nil, out, func() {}), "ss -t").(copiedMsg)
	written, err := os.ReadFile(out.Name())
	if want := "\x1b]52;c;c3MgLXQ=\a"; !ok || msg != (copiedMsg{5, nil}) || err != nil || string(written) != want {
		t.Errorf("%+v, %q, %v", msg, written, err)
	}
	out.Close()
	if msg := copyTo(NewTerminal(nil, out, func() {}), "ss -t").(copiedMsg); msg.err == nil {
		t.Error("a terminal that is gone is no error")
	}
}
