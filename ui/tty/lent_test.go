package tty

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/fennec-project/podtracer/ui/fakes"
)

func TestATerminalThatIsLentIsAskedBetweenSequencesOnly(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	screen := console.lend(NewModes())
	fmt.Fprint(screen, "\x1b[3")
	screen.ask(fakes.Noon)
	fmt.Fprint(screen, "1m")
	screen.ask(fakes.Noon)
	fmt.Fprint(screen, "end")
	if got := readUntil(t, person, "end"); got != "\x1b[31m\x1b\\\x1b[5nend" {
		t.Errorf("on the terminal: %q", got)
	}
	if console.asked != fakes.Noon {
		t.Error("the question was not noted")
	}
}

func TestEachGetsTheAnswersToItsOwnQuestions(t *testing.T) {
	person, console, _ := screenAndKeys(t)
	go io.Copy(io.Discard, person)
	screen := console.lend(NewModes())
	if got := filtered(console, "a\x1b[0nb"); got != "a\x1b[0nb" {
		t.Errorf("without a question, %q is left", got)
	}
	screen.ask(fakes.Noon)
	fmt.Fprint(screen, "\x1b[5n") // the tool asks
	screen.ask(fakes.Noon)
	if got := filtered(console, "1\x1b[0n2\x1b[0n3\x1b[0n4"); got != "12\x1b[0n34" {
		t.Errorf("%q", got)
	}
	screen.ask(fakes.Noon)
	if got := filtered(console, "x\x1b[", "0ny"); got != "xy" {
		t.Errorf("%q", got)
	}
}

func readUntil(t *testing.T, from io.Reader, end string) string {
	t.Helper()
	var got strings.Builder
	buffer := make([]byte, 1)
	for !strings.HasSuffix(got.String(), end) {
		if _, err := from.Read(buffer); err != nil {
			t.Fatalf("%v behind %q", err, got.String())
		}
		got.Write(buffer)
	}
	return got.String()
}
