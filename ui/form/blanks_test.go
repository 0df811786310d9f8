package form

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

// useOwn opens a form with presets of the person's own: one for a tool of the catalogue, one for another tool.
func useOwn(t *testing.T) *user {
	t.Helper()
	u := use(t, fakes.Neighbours(), "", style.Look{Attributes: true})
	u.form.presets = newPresetList([]command.Preset{
		{Name: "own middle", Tool: "curl", Args: "-sv http://HOST:PORT/x -m 3"},
		{Name: "own other", Tool: "nc", Args: "-vz SERVER PORT"},
	})
	u.tell(historyMsg{kept: []ran{{"dig", "+search +tries=1 web.far"}}})
	return u
}

func (u *user) paste(text string) {
	u.pressKey(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
}

// However text is put in, it replaces the blank under the cursor and is not glued to it; then the command can run.
func TestWhateverIsPutInReplacesTheBlankUnderTheCursor(t *testing.T) {
	for _, c := range []struct {
		name, preset string
		put          func(*user)
		want         string
	}{
		{"taken from the list", "ask for a name", func(u *user) { u.press("ctrl+n", "enter") }, "+search +tries=1 payments.shop"},
		{"taken from the list with →", "ask for a name", func(u *user) { u.press("ctrl+n", "ctrl+n", "right") }, "+search +tries=1 10.96.0.110"},
		{"taken in the middle of the blank", "ask for a name", func(u *user) { u.press("right", "right", "ctrl+n", "enter") }, "+search +tries=1 payments.shop"},
		{"taken behind the blank", "ask for a name", func(u *user) { u.press("end", "ctrl+n", "enter") }, "+search +tries=1 payments.shop"},
		{"taken within a word", "timings of one", func(u *user) { u.press("ctrl+n", "enter") }, "http://payments.shop/"},
		{"typed", "ask for a name", func(u *user) { u.press("web") }, "+search +tries=1 web"},
		{"typed in the middle of the blank", "ask for a name", func(u *user) { u.press("right", "web") }, "+search +tries=1 web"},
		{"typed behind the blank", "ask for a name", func(u *user) { u.press("end", "web") }, "+search +tries=1 web"},
		{"typed like the blank", "ask for a name", func(u *user) { u.press("NAME") }, "+search +tries=1 NAME"},
		{"typed with Alt", "ask for a name", func(u *user) {
			u.pressKey(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("x"), Alt: true})
		}, "+search +tries=1 x"},
		{"pasted", "ask for a name", func(u *user) { u.paste("web.far") }, "+search +tries=1 web.far"},
		{"pasted in the middle of the blank", "ask for a name", func(u *user) { u.press("right"); u.paste("web.far") }, "+search +tries=1 web.far"},
		{"from the history", "ask for a name", func(u *user) { u.press("up") }, "+search +tries=1 web.far"},
		{"from the list of the history", "ask for a name", func(u *user) { u.press("ctrl+r", "enter") }, "+search +tries=1 web.far"},
		{"a letter of it taken away", "ask for a name", func(u *user) { u.press("end", "backspace", "web") }, "+search +tries=1 web"},
		{"its first letter taken away", "ask for a name", func(u *user) { u.press("delete", "web") }, "+search +tries=1 web"},
		{"in the middle of a line", "largest packet", func(u *user) { u.press("home", "delete", "delete", "end", "left", "10.1.1.1") }, " -c 3 -M do -s 1472 10.1.1.1"},
		{"several in a word", "own middle", func(u *user) { u.press("web", "tab", "8080") }, "http://web:8080/x -m 3"},
		{"the second first", "own middle", func(u *user) { u.press("tab", "8080", "home", "tab", "web") }, "http://web:8080/x -m 3"},
		{"of a tool that is not in the catalogue", "own other", func(u *user) { u.press("ctrl+n", "enter", "tab", "80") }, "nc -vz payments.shop 80"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := useOwn(t)
			u.press("ctrl+p", c.preset, "enter")
			c.put(u)
			if got := u.form.input.Value(); !strings.HasSuffix(got, c.want) {
				t.Errorf("the arguments are %q, want the end %q", got, c.want)
			}
			if u.press("enter"); len(u.started) != 1 {
				t.Errorf("it was not started:\n%s", u.screen())
			}
		})
	}
}

// While a blank is left, nothing runs, and no command line is copied: the form says what is missing, and the cursor is on it.
func TestNothingRunsOrIsCopiedWhileABlankIsLeft(t *testing.T) {
	for _, c := range []struct {
		name, preset string
		press        []string
		says         string
	}{
		{"untouched", "ask for a name", nil, "write a name in place of NAME"},
		{"something behind it", "ask for a name", []string{"end", " MX"}, "write a name in place of NAME"},
		{"something glued to it", "timings of one", []string{"end", "left", ":8080"}, "write the host to ask in place of HOST"},
		{"the second of two", "icmp is filtered", []string{"443"}, "write the host to ask in place of HOST"},
		{"the first of two", "icmp is filtered", []string{"tab", "web"}, "write a port number in place of PORT"},
		{"back from the history", "ask for a name", []string{"up", "down"}, "write a name in place of NAME"},
		{"another tool meanwhile", "ask for a name", []string{"shift+tab", "down", "up"}, "write a name in place of NAME"},
		{"an address", "route to an address", nil, "write an address in place of ADDRESS"},
		{"with the list open", "ask for a name", []string{"ctrl+n", "esc"}, "write a name in place of NAME"},
		{"an own one, in the middle", "own middle", []string{"web"}, "write a port number in place of PORT"},
		{"an own one of any command", "own other", nil, "write the host to ask in place of SERVER"},
		{"of a server elsewhere", "already running", nil, "write the host to ask in place of HOST"},
	} {
		for _, key := range []string{"enter", "ctrl+y", "ctrl+g"} {
			t.Run(c.name+", "+key, func(t *testing.T) {
				u := useOwn(t)
				u.press("ctrl+p", c.preset, "enter")
				u.press(c.press...)
				u.press(key)
				u.sees(c.says)
				if len(u.started)+len(u.copied) > 0 {
					t.Errorf("started %v, copied %q", u.started, u.copied)
				}
				if _, on := u.form.blankAt(); !on || u.form.At() != AtText {
					t.Errorf("the cursor is not on the blank:\n%s", u.screen())
				}
			})
		}
	}
}

func TestABlankOfAToolIsKeptWithItsArgumentsWhenOneLeaves(t *testing.T) {
	u := useOwn(t)
	u.choose("ping")
	u.press("esc")
	u.open()
	u.press("enter")
	u.sees("write the host to ask in place of HOST")
	u.press("10.0.0.1", "esc")
	u.open()
	u.press("enter")
	if len(u.started) != 1 {
		t.Error(u.screen())
	}
}

// A word that a person types is not a blank: FTP has a PORT command, and HTTP a Host header.
func TestAWordThatIsTypedIsNoBlank(t *testing.T) {
	u := useOwn(t)
	u.choose("tshark")
	u.press("tab", "ctrl+u", "-i eth0 -Y 'ftp.request.command == ")
	u.paste(`"PORT"'`)
	u.press("enter")
	if len(u.started) != 1 || fmt.Sprint(u.started[0].Requests[0].Argv) != `[tshark -i eth0 -Y ftp.request.command == "PORT"]` {
		t.Error(u.started, u.screen())
	}
}
