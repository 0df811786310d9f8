package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/ui/fakes"
)

// remember writes a file of what earlier consoles started, as it is kept in their directory.
func remember(t *testing.T, lines string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "history"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openFormAfter sits down before the form where earlier consoles have started something.
func openFormAfter(t *testing.T, width, height int, lines string) *person {
	t.Helper()
	p := sitAgain(t, width, height, remember(t, lines))
	p.tell(snapshot(fakes.Pod("shop", "cart-0", "node-3", "Running")))
	p.press("enter")
	p.do(p.m.form.Init())
	return p
}

func TestThatTheHistoryIsBrokenIsSaidUntilTheNextKey(t *testing.T) {
	p := openFormAfter(t, 80, 24, "rubbish\n"+`{"tool":"tcpdump","arguments":"-i any -n"}`+"\n\x1b[2J\n")
	p.sees("2 lines of the history file")
	p.press("tab", "up")
	p.seesNot("of the history file")
	p.sees("│ -i any -n  ")
}

func TestWhatTheHistoryHoldsAndWhatIsPastedCanSendTheTerminalNothing(t *testing.T) {
	p := openFormAfter(t, 80, 24, `{"tool":"tcpdump","arguments":"\u202e\u009b31m\u001b[2J"}`+"\n"+`{"tool":"\u001b]0;x\u0007","arguments":"-t"}`+"\n")
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
		p := openFormAfter(t, size[0], size[1], `{"tool":"tcpdump","arguments":"-i any -n"}
{"tool":"ss","arguments":"-tln"}
{"tool":"tcpdump","arguments":"-i eth0 port 53"}
{"tool":"","arguments":"bridge fdb"}
{"tool":"tcpdump","arguments":"-i any -n"}
`)
		p.press("tab", "ctrl+r", "i")
		fits(t, p, "the history")
		golden(t, fmt.Sprintf("form-history-%dx%d", size[0], size[1]), p.screen())
	}
}
