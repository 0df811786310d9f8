package transport

import (
	"io"
	"strings"
	"testing"
)

// The reason of a refusal may be before the last line, which tells where there is help, and may have gone to a terminal.
func TestThePluginsWordsAreInTheErrorWhereverTheyWent(t *testing.T) {
	for where, terminal := range map[string]*strings.Builder{"terminal": {}, "nowhere": nil} {
		w := heardOn(t, terminal)
		says := func(text string) {
			if _, err := w.ear.WriteString(text); err != nil {
				t.Fatal(err)
			}
		}
		says("open https://sso.example\n")
		w.last() // waits until it was heard
		says("logged in\n")
		w.forget()
		says("wrong password\nwrong password\n\nsee https://help.example\n")
		got := w.last()
		if !strings.HasSuffix(got, "wrong password / see https://help.example") || strings.Contains(got, "sso.example") {
			t.Errorf("%s: %q", where, got)
		}
		if terminal != nil && !strings.Contains(terminal.String(), "wrong password\nwrong password\n") {
			t.Errorf("on the terminal is %q", terminal)
		}
		says(strings.Repeat("é", 3<<10) + "\nthe reason\n")
		if got := w.last(); len(got) > longestReason || !strings.HasSuffix(got, "é / the reason") {
			t.Errorf("%s: %d bytes: %.20q", where, len(got), got)
		}
		if again := w.last(); again != "" {
			t.Errorf("said twice: %q", again)
		}
	}
}

func heardOn(t *testing.T, terminal *strings.Builder) *words {
	t.Helper()
	var to io.Writer
	if terminal != nil {
		to = terminal
	}
	w, err := listen(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.ear.Close() })
	return w
}
