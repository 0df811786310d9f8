//go:build unix

package terminal

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestAProgramOnATerminalIsTypedToResizedAndEnded(t *testing.T) {
	term, err := Start(exec.Command("sh", "-c", `read word; echo "<$word>"; stty size; exit 7`), 80, 24)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if err := term.Resize(100, 30); err != nil {
		t.Fatal(err)
	}
	if err := term.Press("hello\r"); err != nil {
		t.Fatal(err)
	}
	if err := term.Sees(patience, 100, 30, "<hello>", "30 100"); err != nil {
		t.Error(err)
	}
	if status, err := term.Wait(patience); status != 7 || err != nil || !strings.HasSuffix(term.Since(0), "30 100\r\n") {
		t.Errorf("status %d, %v: %q", status, err, term.Since(0))
	}
}

func TestASignOfLifeIsGivenOnlyByATerminalThatAnswers(t *testing.T) {
	for _, answers := range []bool{false, true} {
		term, err := Start(exec.Command("sh", "-c", `stty raw -echo; printf ready; head -c 1 >/dev/null; printf 'asking\033[5n'; head -c 4 | od -c; stty -raw`), 80, 24)
		if err != nil {
			t.Fatal(err)
		}
		term.Answers.Store(answers)
		if err := term.Await(patience, 0, "ready"); err != nil {
			t.Fatal(err)
		}
		_ = term.Press(" ") // now it asks
		if err := term.Await(patience, 0, "asking"); err != nil {
			t.Fatal(err)
		}
		if !answers {
			_ = term.Press("none")
		}
		if err := term.Await(patience, 0, map[bool]string{false: "n   o   n   e", true: "033   [   0   n"}[answers]); err != nil {
			t.Error(err)
		}
		_ = term.Signal(syscall.SIGKILL) // the program may have ended
		term.Close()
	}
}
