package tty

import (
	"bytes"
	"io"
	"os"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// screenAndKeys opens a terminal, and returns the person's side and the console's.
func screenAndKeys(t *testing.T) (person *os.File, console *Terminal, lost chan struct{}) {
	t.Helper()
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close(); tty.Close() })
	lost = make(chan struct{}, 4)
	console = New(tty, tty, func() { lost <- struct{}{} })
	return person, console, lost
}

func filtered(console *Terminal, reads ...string) string {
	var all []byte
	for _, text := range reads {
		p := append([]byte(text), make([]byte, 64)...)
		all = append(all, p[:console.filter(p, len(text))]...)
	}
	return string(all)
}

func TestTheTerminalsAnswersAreNotKeys(t *testing.T) {
	for _, c := range []struct {
		name  string
		reads []string
		want  string
	}{
		{"an answer alone", []string{"\x1b[0n"}, ""},
		{"between keys", []string{"ab\x1b[0ncd"}, "abcd"},
		{"in two pieces", []string{"a\x1b[0", "nb"}, "ab"},
		{"in three pieces", []string{"a\x1b[", "0", "nb"}, "ab"},
		{"another sequence that begins alike", []string{"\x1b[", "A"}, "\x1b[A"},
		{"the escape key", []string{"\x1b"}, "\x1b"},
		{"keys only", []string{"jjk"}, "jjk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, console, _ := screenAndKeys(t)
			if got := filtered(console, c.reads...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAReadThatBringsAnAnswerOnlyComesBackSoThatItCanBeCancelled(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	go console.write(t.Context())
	if _, err := person.WriteString("\x1b[0n\r"); err != nil { // a terminal that is not raw yet passes on whole lines
		t.Fatal(err)
	}
	if n, err := console.Read(make([]byte, 64)); n != 1 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
	if _, err := person.WriteString("\x1b[0n\x04"); err != nil { // ends the line without a line break
		t.Fatal(err)
	}
	if n, err := console.Read(make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

func TestAQuietTerminalIsAskedAndOneThatStopsAnsweringIsGone(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
	_, console, _ := screenAndKeys(t)
	filtered(console, "\x1b[0n")
	start, quiet := console.heard, quietInPod
	if ask, gone := console.check(start.Add(quiet - time.Second)); ask || gone {
		t.Error("asked too early")
	}
	if ask, gone := console.check(start.Add(quiet)); !ask || gone {
		t.Error("not asked")
	}
	console.asked = start.Add(quiet)
	if _, gone := console.check(start.Add(quiet + silence - time.Second)); gone {
		t.Error("given up too early")
	}
	if _, gone := console.check(start.Add(quiet + silence)); !gone {
		t.Error("not given up")
	}
	filtered(console, "j")
	if _, gone := console.check(start.Add(quiet + silence)); gone {
		t.Error("a key is a sign of life")
	}
}

func TestOutsideOfPodsAQuietTerminalIsLeftInPeaceForMinutes(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	os.Unsetenv("KUBERNETES_SERVICE_HOST") // the variable comes back at the end of the test
	_, console, _ := screenAndKeys(t)
	filtered(console, "\x1b[0n")
	if ask, _ := console.check(console.heard.Add(9 * time.Minute)); ask {
		t.Error("asked, although SIGHUP would report the end")
	}
	if ask, _ := console.check(console.heard.Add(quietElse)); !ask {
		t.Error("never asked, although SIGHUP may not arrive")
	}
}

func TestATerminalThatNeverAnsweredIsNotGivenUp(t *testing.T) {
	_, console, _ := screenAndKeys(t)
	console.asked = time.Now().Add(-time.Hour)
	if _, gone := console.check(time.Now()); gone || console.Answers() {
		t.Error("given up, or taken for a terminal that answers")
	}
}

func TestTheQuestionIsTheOneOfTheStandard(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	go console.write(t.Context())
	console.Ask()
	got := make([]byte, 16)
	n, err := person.Read(got)
	if err != nil || !bytes.Equal(got[:n], []byte("\x1b[5n")) {
		t.Errorf("got %q, %v", got[:n], err)
	}
}

func TestTheEndOfInputIsTheEndOfTheTerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	lost := make(chan struct{}, 1)
	console := New(r, r, func() { lost <- struct{}{} })
	w.Close()
	if _, err := console.Read(make([]byte, 8)); err != io.EOF {
		t.Errorf("got %v", err)
	}
	select {
	case <-lost:
	case <-time.After(time.Second):
		t.Error("nobody noticed")
	}
}

func TestAtTheEndTheLastAnswersAreTakenAndNothingIsAskedAnyMore(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	if _, err := term.MakeRaw(console.Fd()); err != nil { // as it is while the console has it
		t.Fatal(err)
	}
	console.answered, console.owed = true, 2
	time.AfterFunc(50*time.Millisecond, func() { _, _ = person.WriteString("\x1b[0n\x1b[0n") })
	begun := time.Now()
	console.hush()
	if took := time.Since(begun); console.owed != 0 || took < 50*time.Millisecond || took >= lastAnswer {
		t.Errorf("after %s %d answers are owed", took, console.owed)
	}
	console.Ask()
	console.write(t.Context()) // ends at once, because no question is waiting
	console.owed = 1
	begun = time.Now()
	if console.hush(); time.Since(begun) < lastAnswer || time.Since(begun) > 10*lastAnswer {
		t.Errorf("an answer that never comes was waited for %s", time.Since(begun))
	}
}
