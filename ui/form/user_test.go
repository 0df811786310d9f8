package form

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/style"
)

// user is a person in front of a form, who presses keys and reads the screen. What the form asks of the world is recorded.
type user struct {
	t        testing.TB
	form     Form
	started  []Start
	networks []func(netinfo.Network) tea.Msg
	said     []error
	left     bool
	copied   []string
}

// use opens the form of the pod shop/cart-0 in a cluster, with the first tool, tcpdump, chosen. dir is where the history is
// kept.
func use(t testing.TB, cluster k8s.Snapshot, dir string, look style.Look) *user {
	t.Helper()
	u := &user{t: t}
	u.form = New(Deps{
		Launcher: fakes.Launcher("node-3"), StateDir: dir, Look: look, Preview: tools.Request.Preview,
		Start:       func(s Start) tea.Cmd { u.started = append(u.started, s); return nil },
		Copy:        func(text string) tea.Cmd { u.copied = append(u.copied, text); return nil },
		After:       func(time.Duration, tea.Msg) tea.Cmd { return nil },
		CheckFilter: func(k8s.Pod, []string, func(filter.Check) tea.Msg) tea.Cmd { return nil },
		Network: func(_ k8s.Pod, done func(netinfo.Network) tea.Msg) tea.Cmd {
			u.networks = append(u.networks, done)
			return nil
		},
	})
	u.form.Resize(80, 24)
	u.form.Show(cluster, nil)
	u.open()
	return u
}

// useAlone is use in a cluster without any other pod, on a terminal that can show suggestions.
func useAlone(t testing.TB, dir string) *user {
	t.Helper()
	return use(t, fakes.Cluster(fakes.Pod("shop", "cart-0", "node-3", "Running")), dir, style.Look{Attributes: true})
}

func (u *user) open() {
	u.form.Open(fakes.Pod("shop", "cart-0", "node-3", "Running"), nil)
	u.do(u.form.Settle(true))
}

func (u *user) press(names ...string) {
	u.t.Helper()
	for _, k := range fakes.Keys(names...) {
		u.pressKey(k)
	}
}

func (u *user) pressKey(k tea.KeyMsg) {
	cmd, left := u.form.Key(k)
	u.left = left
	u.do(cmd)
	u.do(u.form.Settle(true))
}

// do runs a command and gives its result to the form.
func (u *user) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			u.do(c)
		}
	case Msg:
		u.tell(msg)
	}
}

func (u *user) tell(msg Msg) {
	cmd, err := u.form.Take(msg)
	if err != nil {
		u.said = append(u.said, err)
	}
	u.do(cmd)
}

func (u *user) choose(tool string) {
	u.t.Helper()
	for range u.form.catalogue {
		if u.form.tool().Name == tool {
			return
		}
		u.press("down")
	}
	u.t.Fatalf("there is no %s", tool)
}

// screen is the form, or the list that is shown above it.
func (u *user) screen() string {
	s := style.New(style.Look{})
	if at := u.form.At(); at == AtPresets || at == AtHistory {
		return ansi.Strip(strings.Join(u.form.List(s), "\n"))
	}
	return ansi.Strip(strings.Join(u.form.Lines(s, 22), "\n"))
}

func (u *user) sees(texts ...string) {
	u.t.Helper()
	for _, text := range texts {
		if !strings.Contains(u.screen(), text) {
			u.t.Errorf("%q is not on the screen:\n%s", text, u.screen())
		}
	}
}

func (u *user) seesNot(texts ...string) {
	u.t.Helper()
	for _, text := range texts {
		if strings.Contains(u.screen(), text) {
			u.t.Errorf("%q is on the screen:\n%s", text, u.screen())
		}
	}
}

func (u *user) arguments(want string) {
	u.t.Helper()
	if got := u.form.input.Value(); got != want {
		u.t.Errorf("the arguments are %q, not %q\n%s", got, want, u.screen())
	}
}
