//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fennec-project/podtracer/internal/eventually"
)

// terminal is a real terminal, made by tmux, with a program in it.
type terminal struct {
	t    *testing.T
	name string
}

// tmuxServer is a separate server, so that no other tmux on this machine is affected.
var tmuxServer = "podtracer-e2e-" + strconv.Itoa(os.Getpid())

func tmux(args ...string) (string, error) {
	out, err := exec.Command("tmux", append([]string{"-L", tmuxServer, "-f", "/dev/null"}, args...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// terminals makes a directory for the server's socket, which tmux would leave behind, and starts the server with a terminal that stays:
// otherwise it ends with the last test's terminal, just when the next one is to be opened. It returns what removes all of it.
func terminals() (end func(), err error) {
	place, err := os.MkdirTemp("", "podtracer-e2e")
	if err != nil {
		return nil, fmt.Errorf("make a place for tmux: %w", err)
	}
	_ = os.Setenv("TMUX_TMPDIR", place)
	if _, err := tmux("new-session", "-d", "-s", "stays", "exec sleep infinity"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(place))
	}
	return func() {
		_, _ = tmux("kill-server") // fails only if somebody else has ended it
		_ = os.RemoveAll(place)
	}, nil
}

// openTerminal starts a command in a terminal of the given size. If the test fails, the last screen is logged.
func openTerminal(t *testing.T, columns, rows int, argv ...string) *terminal {
	t.Helper()
	term := &terminal{t, strings.Map(plain, t.Name()) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)}
	quoted := make([]string, len(argv))
	for i, word := range argv {
		quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	// The shell reports the end of the command, because tmux 3.3 sometimes does not notice it.
	term.tmux("new-session", "-d", "-s", term.name, "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows),
		strings.Join(quoted, " ")+`; echo "it ended with $?"; exec sleep infinity`)
	term.tmux("set-option", "-t", term.name, "status", "off")
	term.tmux("resize-window", "-t", term.name, "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
	t.Cleanup(term.close)
	return term
}

// plain replaces the characters of a test's name that tmux does not allow in a session's name.
func plain(r rune) rune {
	if r == '.' || r == ':' || r == '/' {
		return '-'
	}
	return r
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := tmux(args...)
	if err != nil {
		term.t.Fatal(err)
	}
	return out
}

func (term *terminal) close() {
	if term.t.Failed() {
		if screen, err := tmux("capture-pane", "-p", "-t", term.name); err == nil {
			term.t.Logf("at the end the screen was:\n%s", framed(screen))
		}
	}
	_, _ = tmux("send-keys", "-t", term.name, "C-c") // leaves a console that is still running as a person would
	time.Sleep(100 * time.Millisecond)
	_, _ = tmux("send-keys", "-t", term.name, "C-c")
	time.Sleep(300 * time.Millisecond)
	_, _ = tmux("kill-session", "-t", term.name)
}

// press presses keys, by tmux's names for them, no faster than a person does. An Esc is told from the first byte of another key
// by what follows at once.
func (term *terminal) press(keys ...string) {
	term.t.Helper()
	for _, key := range keys {
		term.tmux("send-keys", "-t", term.name, key)
		time.Sleep(60 * time.Millisecond)
	}
}

// types types text.
func (term *terminal) types(text string) {
	term.t.Helper()
	term.tmux("send-keys", "-t", term.name, "-l", "--", text)
	time.Sleep(60 * time.Millisecond)
}

func (term *terminal) screen() string {
	term.t.Helper()
	return term.tmux("capture-pane", "-p", "-t", term.name)
}

func (term *terminal) resize(columns, rows int) {
	term.t.Helper()
	term.tmux("resize-window", "-t", term.name, "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows))
}

// glance is how long a screen may take to show something, where no time was promised.
const glance = time.Minute

// noticed is how long it may take that an outage, or a tool that does not end, is noticed.
const noticed = 15 * time.Second

// shows waits until all of these texts are on the screen.
func (term *terminal) shows(texts ...string) {
	term.t.Helper()
	term.showsWithin(glance, texts...)
}

// showsWithin is shows with its own time limit. It returns how long it took.
func (term *terminal) showsWithin(most time.Duration, texts ...string) time.Duration {
	term.t.Helper()
	return term.until(most, "showing "+strings.Join(quote(texts), ", "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// hidesWithin waits until a text is no longer on the screen.
func (term *terminal) hidesWithin(most time.Duration, text string) time.Duration {
	term.t.Helper()
	return term.until(most, fmt.Sprintf("without %q", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// until waits until f accepts the screen.
func (term *terminal) until(most time.Duration, what string, f func(screen string) bool) time.Duration {
	term.t.Helper()
	return eventually.Nil(term.t, most, func() error {
		screen := term.screen()
		if f(screen) {
			return nil
		}
		return errors.New("not " + what + "\n" + framed(screen))
	})
}

// row waits for a line of the screen with this text, and returns the first one.
func (term *terminal) row(text string) string {
	term.t.Helper()
	term.shows(text)
	screen := term.screen()
	for line := range strings.Lines(screen) {
		if strings.Contains(line, text) {
			return strings.TrimRight(line, "\n")
		}
	}
	term.t.Errorf("no row with %q\n%s", text, framed(screen))
	return ""
}

// ends waits until the program has ended, and checks its exit status.
func (term *terminal) ends(code int) {
	term.t.Helper()
	const ended = "it ended with "
	term.shows(ended)
	before, got, _ := strings.Cut(term.row(ended), ended)
	if got != strconv.Itoa(code) {
		term.t.Errorf("the program ended with %s, not %d\n%s", got, code, framed(term.screen()))
	}
	if before != "" {
		term.t.Errorf("the program left %q on the screen\n%s", before, framed(term.screen()))
	}
}

// pid is the process in the terminal: kubectl.
func (term *terminal) pid() string {
	term.t.Helper()
	shell := strings.TrimSpace(term.tmux("display-message", "-p", "-t", term.name, "#{pane_pid}"))
	return strings.TrimSpace(command(term.t, "pgrep", "-P", shell).succeeds(term.t).stdout)
}

func quote(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return quoted
}

// framed formats a screen for a test's log.
func framed(screen string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(screen, "\n") + "\n") {
		b.WriteString("    | " + line)
	}
	return b.String()
}
