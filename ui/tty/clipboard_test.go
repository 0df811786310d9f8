package tty

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
	terminal := New(nil, out, func() {})
	if err := terminal.Copy("ss -t"); err != nil {
		t.Error(err)
	}
	written, err := os.ReadFile(out.Name())
	if want := "\x1b]52;c;c3MgLXQ=\a"; err != nil || string(written) != want {
		t.Errorf("%q, %v", written, err)
	}
	out.Close()
	if err := terminal.Copy("ss -t"); err == nil {
		t.Error("copying to a terminal that is gone reports no error")
	}
}
