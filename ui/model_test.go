package ui

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/fennec-project/podtracer/internal/hint"
	"github.com/fennec-project/podtracer/internal/newfile"
	"github.com/fennec-project/podtracer/k8s"
	"github.com/fennec-project/podtracer/ns/netinfo"
	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/capture"
	"github.com/fennec-project/podtracer/tools/command"
	"github.com/fennec-project/podtracer/tools/filter"
	"github.com/fennec-project/podtracer/tools/report"
	"github.com/fennec-project/podtracer/tools/save"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/detail"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/packets"
	"github.com/fennec-project/podtracer/ui/pager"
	"github.com/fennec-project/podtracer/ui/saving"
	"github.com/fennec-project/podtracer/ui/style"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = fakes.Noon

// person is somebody at the console: presses keys and reads the screen. What the console asks of the world is noted.
type person struct {
	t       testing.TB
	m       *model
	started []tools.Request
	mouse   bool // the terminal tells of it
	stopped []tools.RunID
	frozen  []tools.RunID
	copied  []string

	startedWhole []tools.Request
	startedSet   [][]tools.Request
	sat          []tools.RunID
	text         fakes.Text
	waiting      []tea.Cmd // that asked what comes to a text or a capture when nothing had come
	held         []tea.Cmd // searches for packets that wait to be told
	saved        []save.Target
	savedSets    []tools.SetID
	pairs        [][2]tools.Request
	checks       []check
	pauses       []tea.Msg                       // what the form waited for
	networks     []func(netinfo.Network) tea.Msg // which the form asked for
	quit         bool
	attached     []string     // places of detached runs that were picked up
	forgotten    []string     // places of detached runs whose output is saved
	handed       []handedOver // runs that are to go on without the console
	looks        int          // for detached runs
	allSaved     []tools.List // captures that were to be saved before quitting
	packets      fakes.Capture
}

func sit(t testing.TB, width, height int) *person {
	t.Helper()
	return sitWith(t, width, height, Deps{})
}

// sitAgain sits down where earlier consoles kept things in a directory, and this one does.
func sitAgain(t testing.TB, width, height int, stateDir string) *person {
	t.Helper()
	return sitWith(t, width, height, Deps{StateDir: stateDir})
}

type handedOver struct {
	id   tools.RunID
	most time.Duration
}

func none() tea.Msg { return nil }

// sitWith sits down before a console that has something of its own.
func sitWith(t testing.TB, width, height int, d Deps) *person {
	t.Helper()
	p := &person{t: t}
	d.Cluster, d.Node, d.Out = "prod-eu", "node-3", os.Stdout
	if d.Launcher == nil {
		d.Launcher = fakes.Launcher("node-3")
	}
	copy := func(text string) tea.Cmd {
		p.copied = append(p.copied, text)
		return func() tea.Msg { return copiedMsg{bytes: len(text)} }
	}
	c := commands{
		terminalCommands: terminalCommands{
			copy:  copy,
			mouse: func(on bool) tea.Cmd { p.mouse = on; return none },
		},
		nextSnapshot: func(uint64) tea.Cmd { return none },
		nextSaid:     func(uint64) tea.Cmd { return none },
		nextList:     func(uint64) tea.Cmd { return none },
		packets:      packets.NewQuestions(t.Context(), &p.packets, 0),
		texts:        pager.NewQuestions(t.Context(), &p.text, 0, copy),
		tick:         func(time.Duration) tea.Cmd { return none },
		sit:          func(id tools.RunID) tea.Cmd { p.sat = append(p.sat, id); return none },
		stop:         func(id tools.RunID) tea.Cmd { p.stopped = append(p.stopped, id); return none },
		freeze:       func(id tools.RunID) tea.Cmd { p.frozen = append(p.frozen, id); return none },
		save: func(_ tools.RunID, _ bool, to save.Target) tea.Cmd {
			p.saved = append(p.saved, to)
			return none
		},
		saveSet: func(set tools.SetID, to save.Target) tea.Cmd {
			p.savedSets = append(p.savedSets, set)
			p.saved = append(p.saved, to)
			return none
		},
		saveAll: func(captures tools.List, _ map[tools.RunID]save.File) tea.Cmd {
			p.allSaved = append(p.allSaved, captures)
			return none
		},
		detached: detachedCommands{
			list:   func(time.Duration) tea.Cmd { p.looks++; return none },
			attach: func(place string) tea.Cmd { p.attached = append(p.attached, place); return none },
			handOver: func(id tools.RunID, _ string, most time.Duration) tea.Cmd {
				p.handed = append(p.handed, handedOver{id, most})
				return none
			},
			forget: func(place string) tea.Cmd { p.forgotten = append(p.forgotten, place); return none },
		},
		contexts: func(wanted bool) tea.Cmd {
			return func() tea.Msg { return contextsMsg{[]string{"kind", "prod-eu", "prod-us"}, wanted} }
		},
		details: detail.Questions{
			Rest:    func(view int) tea.Cmd { return func() tea.Msg { return detail.Rested{View: view} } },
			Renew:   func(int) tea.Cmd { return none },
			Details: func(int, k8s.Pod) tea.Cmd { return none },
			Network: func(int, k8s.Pod) tea.Cmd { return none },

			NoNetwork: func(p *k8s.Pod) string { return d.Launcher.Reach(p).Network() },
		},
		defaultSetPath: func(members []tools.State) tea.Cmd {
			return func() tea.Msg { return defaultsMsg{fmt.Sprintf("/captures/%d-pods.pcapng", len(members))} }
		},
		defaultPath: func(s tools.State) tea.Cmd {
			return func() tea.Msg { return defaultsMsg{"/captures/" + s.Pod.Name + ".pcapng"} }
		},
	}
	c.form = p.formDeps(d)
	c.form.Copy = c.copy
	p.m = newModel(c, d)
	p.tell(tea.WindowSizeMsg{Width: width, Height: height}, tickMsg{noon})
	return p
}

// formDeps records what the form asks of the world.
func (p *person) formDeps(d Deps) form.Deps {
	return form.Deps{
		Launcher: d.Launcher, StateDir: d.StateDir, Presets: d.Presets, Call: d.Call, Preview: tools.Request.Preview,
		Look:  style.Look{Attributes: true}, // that of the console has nothing here, but suggestions are looked at
		Start: func(s form.Start) tea.Cmd { p.start(s); return none },
		After: func(_ time.Duration, msg tea.Msg) tea.Cmd {
			p.pauses = append(p.pauses, msg)
			return func() tea.Msg { return msg }
		},
		CheckFilter: func(_ k8s.Pod, argv []string, done func(filter.Check) tea.Msg) tea.Cmd {
			p.checks = append(p.checks, check{argv, done})
			return none
		},
		Network: func(_ k8s.Pod, done func(netinfo.Network) tea.Msg) tea.Cmd {
			p.networks = append(p.networks, done)
			return none
		},
	}
}

func (p *person) start(s form.Start) {
	switch {
	case s.Pair:
		p.pairs = append(p.pairs, [2]tools.Request(s.Requests))
	case len(s.Requests) > 1:
		p.startedSet = append(p.startedSet, s.Requests)
	case s.Whole:
		p.startedWhole = append(p.startedWhole, s.Requests[0])
	default:
		p.started = append(p.started, s.Requests[0])
	}
}

// lacking is a launcher without a tool.
type lacking struct {
	Launcher
	tool string
}

func (l lacking) Locate(_ *k8s.Pod, tool string) error {
	if tool == l.tool {
		return command.ErrNotInstalled
	}
	return nil
}

// sitLacking sits down where a tool is not installed, and all others are.
func sitLacking(t *testing.T, tool string) *person {
	t.Helper()
	p := sitWith(t, 80, 24, Deps{Launcher: lacking{fakes.Launcher("node-3"), tool}})
	p.do(p.m.form.Init())
	return p
}

// tell gives the console messages, and those that its commands bring back at once.
func (p *person) tell(messages ...tea.Msg) {
	p.t.Helper()
	for _, msg := range messages {
		_, cmd := p.m.Update(msg)
		if p.m.crash != nil {
			p.t.Fatal(p.m.crash)
		}
		p.do(cmd)
	}
}

func (p *person) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	waiting, held := p.text.Waiting+p.packets.Waiting, p.packets.Held
	switch msg := cmd().(type) {
	case nil:
		switch {
		case p.text.Waiting+p.packets.Waiting > waiting:
			p.waiting = append(p.waiting, cmd)
		case p.packets.Held > held:
			p.held = append(p.held, cmd)
		}
	case tea.QuitMsg:
		p.quit = true
	case tea.BatchMsg:
		for _, c := range msg {
			p.do(c)
		}
	default:
		p.tell(msg)
	}
}

// comes lets lines come to the text.
func (p *person) comes(lines []text.Line) {
	p.t.Helper()
	p.text.Add(lines...)
	p.askAgain()
}

// packetsCome lets packets come to the capture.
func (p *person) packetsCome(list ...capture.Packet) {
	p.t.Helper()
	p.packets.Add(list...)
	p.askAgain()
}

// askAgain repeats the questions that got no answer.
func (p *person) askAgain() {
	p.t.Helper()
	waiting := p.waiting
	p.waiting = nil
	for _, cmd := range waiting {
		p.do(cmd)
	}
}

// stepOn lets the search for packets take its next step.
func (p *person) stepOn() {
	p.t.Helper()
	cmd := p.held[0]
	p.held = p.held[1:]
	p.packets.Hold = false
	msg := cmd()
	p.packets.Hold = true
	p.tell(msg)
}

func (p *person) press(names ...string) {
	p.t.Helper()
	for _, k := range fakes.Keys(names...) {
		p.tell(k)
	}
}

func (p *person) typeIn(text string) {
	for _, r := range text {
		p.tell(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

func (p *person) screen() string { return ansi.Strip(p.m.View()) }

func (p *person) sees(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.screen(), text) {
			p.t.Errorf("%q is not on the screen:\n%s", text, p.screen())
		}
	}
}

func (p *person) seesNot(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.screen(), text) {
			p.t.Errorf("%q is on the screen:\n%s", text, p.screen())
		}
	}
}

// told is a cluster as the console is told of it.
func told(s k8s.Snapshot) snapshotMsg { return snapshotMsg{snapshot: s, version: 1} }

func snapshot(pods ...k8s.Pod) snapshotMsg { return told(fakes.Cluster(pods...)) }

func shop() snapshotMsg { return told(fakes.Shop()) }

func state(id tools.RunID, phase tools.Phase) tools.State {
	s := tools.State{
		ID: id, Pod: fakes.Pod("shop", "cart-7f9c4-x2lpq", "node-3", "Running"), Phase: phase, Capture: true,
		Argv:    []string{"tcpdump", "-i", "eth0", "-w", "-", "port 8080"},
		Created: noon.Add(-31 * time.Second), Began: noon.Add(-31 * time.Second), Bytes: 1_300_000, Packets: 1204, Lines: 1204,
	}
	if phase == tools.Ended {
		s.Ended = noon.Add(-10 * time.Second)
	}
	return s
}

func numbered(from, to uint64) []text.Line {
	var lines []text.Line
	for n := from; n <= to; n++ {
		lines = append(lines, text.Line{Number: n, Text: fmt.Sprintf("line %d", n)})
	}
	return lines
}

// watching sits down before a run that is going on.
func watchRun(t *testing.T) *person {
	p := sit(t, 80, 24)
	p.tell(shop(), listMsg{tools.List{state(1, tools.Running)}, 1})
	p.tell(startedMsg{id: 1})
	return p
}

func TestThePodsAreOnTheScreenAndStayLiveWithoutAKey(t *testing.T) {
	p := sit(t, 100, 28)
	p.sees("listing pods")
	p.tell(shop())
	p.sees("● live", "7 pods, 5 here", "cart-7f9c4-x2lpq", "here", "node-8", "CrashLoopBa", "97", "10.244.1.17", "3d")
	p.tell(snapshot(fakes.Pod("shop", "brand-new", "node-3", "ContainerCreating")))
	p.sees("brand-new")
	p.seesNot("cart-7f9c4-x2lpq")
}

func TestTheCursorStaysOnItsPodWhenOthersComeAndGo(t *testing.T) {
	p := sit(t, 100, 28)
	p.tell(shop())
	p.press("j", "down", "k", "j")
	chosen, _ := p.m.pods.Selected()
	p.tell(snapshot(fakes.Pod("aaa", "first", "node-3", "Running"), fakes.Pod("shop", "cart-7f9c4-x2lpq", "node-3", "Running")))
	if now, _ := p.m.pods.Selected(); now.UID != chosen.UID || now.Name != "cart-7f9c4-x2lpq" {
		t.Errorf("was on %s, is on %s", chosen, now)
	}
}

func TestTheFilterWorksAsOneTypes(t *testing.T) {
	p := sit(t, 100, 28)
	p.tell(shop())
	p.press("/", "c", "a", "r", "t", " ", "h", "e", "r", "e")
	p.sees("2 of 7 pods", "cart-7f9c4-x2lpq", "cart-cache-0")
	p.seesNot("cart-7f9c4-9kkzw", "report-0")
	p.press("enter", "q")
	if !p.quit {
		t.Error("q is still typed into the filter")
	}
	p.press("esc")
	p.sees("report-0")
	p.press("/", "nothing like it")
	p.sees("no pod matches", "esc clears the search")
}

func TestKeysThatArriveTogetherAreKeysOneByOne(t *testing.T) {
	p := sit(t, 100, 28)
	p.tell(shop(), tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/migr")})
	p.sees("1 of 7 pods", "migrate-28hfx")
	p.press("enter", "?")
	p.tell(tea.KeyMsg{Type: tea.KeyEsc, Alt: true}) // Esc twice: closes the help, then clears the filter
	p.sees("7 pods", "cart-cache-0")
}

func TestTabGoesToTheNamespacesAndAChosenOneShowsItsPodsOnly(t *testing.T) {
	for _, width := range []int{80, 160} {
		p := sit(t, width, 24)
		p.tell(shop())
		p.press("tab", "down", "down")
		p.sees("namespaces", "kube-system")
		p.press("enter")
		p.sees("pods in shop", "cart-cache-0")
		if width < style.WideWidth {
			p.seesNot("node-agent")
		}
		p.sees("6 of 7 pods")
	}
}

func TestAPodInWhichNothingCanRunSaysWhyAndWhatToDo(t *testing.T) {
	for name, want := range map[string][]string{
		"cart-7f9c4-9kkzw": {"runs on node node-8, podtracer on node-3", "hint:"},
		"migrate-28hfx":    {"has ended (Completed)", "hint:"},
		"old-1":            {"is being deleted", "hint:"},
		"report-0":         {"not on any node yet", "hint:", "kubectl describe"},
	} {
		p := sit(t, 80, 24)
		p.tell(shop())
		p.press("/", name, "enter", "enter")
		p.sees(want...)
		p.press("esc")
		p.seesNot("hint:")
	}
}

func TestAToolIsChosenItsArgumentsEditedAndTheCommandShownBeforeItRuns(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("/", "x2lpq", "enter", "enter")
	p.sees("run in shop/cart-7f9c4-x2lpq", "-B 65536 --immediate-mode", "-n -l -r -")
	p.press("tab", " port 8080", "enter")
	if len(p.started) != 1 {
		t.Fatalf("started %d", len(p.started))
	}
	want := []string{"tcpdump", "-i", "eth0", "-n", "port", "8080"}
	if diff := cmp.Diff(want, p.started[0].Argv); diff != "" || !p.started[0].Text {
		t.Error(diff)
	}
	p.tell(startedMsg{id: 1})
	if p.m.screen != watching {
		t.Error("the run is not on the screen")
	}
}

func TestAnyCommandCanBeTyped(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("/", "x2lpq", "enter", "enter", "G", "enter")
	p.sees("no command was typed")
	p.press("tab", "bridge 'fdb show'", "enter")
	if diff := cmp.Diff([]string{"bridge", "fdb show"}, p.started[0].Argv); diff != "" {
		t.Error(diff)
	}
}

func TestTheFormSaysWhatIsWrong(t *testing.T) {
	open := func() *person {
		p := sitLacking(t, "tshark")
		p.tell(shop())
		p.press("/", "x2lpq", "enter", "enter")
		return p
	}
	p := open()
	p.press("down")
	p.sees("tshark not installed", "apt-get install tshark")
	p = open()
	p.press("tab", " 'open", "enter")
	p.sees("a quote is not closed", "hint:")
	p = open()
	p.press("tab", " -z /evil.sh", "enter")
	p.sees("-z runs any command as root")
	p = open()
	p.press("down", "down", "down", "down", "down", "down", "enter")
	p.sees("write the host to ask in place of HOST")
	p.tell(startedMsg{err: hint.Add(errors.New("pod is gone"), "choose another")})
	p.sees("pod is gone", "hint: choose another")
	if len(p.started) != 0 {
		t.Errorf("started %v", p.started)
	}
}

func TestAHostNetworkPodIsMarkedBeforeAndDuringARun(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("/", "agent", "enter", "enter")
	p.sees("no network of its own", "network of node node-3")
	s := state(1, tools.Running)
	s.Pod.HostNetwork = true
	p.tell(listMsg{tools.List{s}, 1}, startedMsg{id: 1})
	p.sees("hostNetwork: this is the network of node node-3")
}

func TestARunsHeaderSaysPodCommandTimeAndAmount(t *testing.T) {
	p := watchRun(t)
	p.sees("tcpdump", "shop/cart-7f9c4-x2lpq", "12:04:20…", "1,204 packets", "1.3 MB", "running", "'port 8080'")
	s := state(1, tools.Ended)
	s.Exit.Code = 1
	p.tell(listMsg{tools.List{s}, 2})
	p.sees("ended: exit 1", "00:21")
}

func TestWhyARunCouldNotBeRunIsOnItsScreenWithWhatToDo(t *testing.T) {
	p := watchRun(t)
	s := state(1, tools.Ended)
	s.Began, s.Err = time.Time{}, hint.Add(errors.New("enter network namespace /proc/1/root/var/run/netns/cni-5a56b680-d97a-8f3d-21a7-b3f91ceee90d: operation not permitted"), "this needs root with CAP_SYS_ADMIN")
	p.tell(listMsg{tools.List{s}, 2})
	p.sees("operation not permitted", "hint: this needs root with CAP_SYS_ADMIN", "could not run")
	s.Err, s.Cause = nil, fmt.Errorf("%w: shop/cart was deleted", tools.ErrPodGone)
	p.tell(listMsg{tools.List{s}, 3})
	p.sees("the pod is gone: shop/cart was deleted")
}

func TestOutputFollowsUntilOneScrollsUpAndSaysWhatCameSince(t *testing.T) {
	p := watchRun(t)
	p.comes(numbered(1, 100))
	p.sees("line 100", "following")
	p.press("pgup")
	p.seesNot("line 100")
	p.comes(numbered(101, 150))
	p.sees("50 new lines below")
	p.seesNot("line 101 ")
	top := p.screen()
	p.comes(numbered(151, 160))
	if body := func(s string) string { return strings.Join(strings.Split(s, "\n")[3:20], "\n") }; body(top) != body(p.screen()) {
		t.Error("the lines moved while somebody read them")
	}
	p.press("f")
	p.sees("line 160", "following")
	p.press("g")
	p.sees("line 1 ")
	p.press("G")
	p.sees("line 160", "following")
}

func TestOutputOfAnotherShowingIsThrownAway(t *testing.T) {
	p := watchRun(t)
	old := p.waiting
	p.waiting = nil
	p.press("esc", "r", "enter")
	fresh := p.waiting
	p.waiting = old
	p.comes(numbered(1, 3))
	p.seesNot("line 1")
	p.waiting = fresh
	p.comes(nil)
	p.sees("line 1", "line 3")
}

func TestXStopsARunAndLeavingItsScreenDoesNot(t *testing.T) {
	p := watchRun(t)
	p.press("esc")
	p.sees("pods", "runs", "● tcpdump")
	if len(p.stopped) != 0 {
		t.Error("leaving the screen stopped the run")
	}
	p.press("r", "enter", "x")
	if diff := cmp.Diff([]tools.RunID{1}, p.stopped); diff != "" {
		t.Error(diff)
	}
}

func TestSavingShowsThePathLetsItBeEditedAndDoesNotReplaceUnasked(t *testing.T) {
	p := watchRun(t)
	p.press("s")
	p.sees("save the packets", ".pcapng: the packets with names and losses; .pcap: the stream bit for bit", "/captures/cart-7f9c4-x2lpq.pcap")
	p.press("ctrl+u", "/tmp/mine.pcap", "enter")
	p.tell(saving.Saved{Err: hint.Add(fmt.Errorf("save: %w", newfile.ErrExists), "choose another name")})
	p.sees("enter replaces it")
	p.press("enter")
	want := []save.Target{{Path: "/tmp/mine.pcap"}, {Path: "/tmp/mine.pcap", Overwrite: true}}
	if diff := cmp.Diff(want, p.saved); diff != "" {
		t.Error(diff)
	}
	p.tell(saving.Saved{File: save.File{Path: "/tmp/mine.pcap", Packets: 1204, Bytes: 1_300_000, SHA256: "9f2c", Verdict: report.Verdict{Kind: report.Complete}}, Capture: true})
	p.sees("saved 1,204 packets, 1.3 MB, complete", "/tmp/mine.pcap", "sha256 9f2c")
	p.press("s")
	p.tell(saving.Saved{Err: errors.New("no space left on device")})
	p.sees("no space left on device")
	p.press("esc")
	p.seesNot("no space")
}

func TestAChangedNameIsNotReplacedUnasked(t *testing.T) {
	p := watchRun(t)
	p.press("s", "enter")
	p.tell(saving.Saved{Err: newfile.ErrExists})
	p.press("2", "enter")
	if last := p.saved[len(p.saved)-1]; last.Overwrite {
		t.Errorf("%s would be replaced", last.Path)
	}
}

func TestSeveralRunsAreListedNewestFirst(t *testing.T) {
	p := sit(t, 100, 24)
	done := state(2, tools.Ended)
	done.Argv, done.Capture = []string{"/usr/bin/ping", "-c1", "x"}, false
	p.tell(shop(), listMsg{tools.List{state(1, tools.Running), done}, 1})
	p.press("r")
	screen := p.screen()
	if strings.Index(screen, "ping") > strings.Index(screen, "tcpdump") {
		t.Errorf("the newest is not first:\n%s", screen)
	}
	p.sees("exit 0", "running")
	p.press("down", "enter")
	if p.m.output.id != 1 {
		t.Errorf("went to run %d", p.m.output.id)
	}
}

func TestQuittingAsksAgainOnlyIfSomethingRuns(t *testing.T) {
	p := sit(t, 80, 24)
	p.tell(shop())
	p.press("q")
	if !p.quit {
		t.Error("did not quit")
	}
	p = watchRun(t)
	p.press("q")
	p.sees("1 tool is still running")
	if p.quit {
		t.Error("quit unasked")
	}
	p.press("n")
	p.seesNot("still running")
	p.press("ctrl+c", "ctrl+c", "q", "enter")
	if p.quit {
		t.Error("keys that come easily threw away what a capture has")
	}
	p.press("y")
	if !p.quit {
		t.Error("did not quit")
	}
	p = watchRun(t)
	ping := state(1, tools.Running)
	ping.Capture = false
	p.tell(listMsg{tools.List{ping}, 2})
	p.press("ctrl+c", "ctrl+c")
	if !p.quit {
		t.Error("a second ctrl+c did not quit, and nothing was to be lost")
	}
	p = watchRun(t)
	p.press("q")
	done := state(1, tools.Ended)
	done.Packets, done.Bytes = 0, 0
	p.tell(listMsg{tools.List{done}, 2})
	if !p.quit {
		t.Error("it still asks about a tool that has ended")
	}
}

func TestAnApiThatIsAwayAndARightThatIsMissingAreSaid(t *testing.T) {
	p := sit(t, 80, 24)
	s := shop()
	s.snapshot.Err, s.snapshot.Since = hint.Add(errors.New("the API does not answer: connection refused"), "check the server"), noon
	p.tell(s)
	p.sees("not live since 12:04:51", "connection refused", "hint: check the server", "cart-cache-0")
	s = shop()
	s.snapshot.Only = "shop"
	p.tell(s)
	p.sees("only namespace shop", "no right to list pods in all namespaces", "● live")
	s = shop()
	s.snapshot.Unwatched = true
	s.snapshot.Lacks = []k8s.Lack{
		{Right: "list pods", Scope: "in all namespaces", Told: true, Means: "only those of shop are shown", Commands: "kubectl create clusterrole a"},
		{Right: "watch pods", Scope: "in namespace shop", Means: "they are listed again", Commands: "kubectl create role b"},
	}
	p.tell(s)
	p.sees("○ listed every few seconds", "missing rights: watch pods (? says more)")
	p.seesNot("● live")
	p.press("?", "G")
	p.sees("to list pods in all namespaces: only those of shop are shown", "kubectl create clusterrole a",
		"to watch pods in namespace shop: they are listed again", "kubectl create role b")
	p.press("x")
	s = shop()
	s.snapshot.Pods, s.snapshot.Synced = nil, false
	s.snapshot.Err, s.snapshot.Since = fmt.Errorf("%w to list pods", k8s.ErrForbidden), noon
	p.tell(s)
	p.sees("no pods: it is not allowed to list them", "podtracer run --pod")
}

func TestNothingFromOutsideReachesTheTerminalAsAControlSequence(t *testing.T) {
	evil := "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\r\u202eabc\u2066\u200b\xff\xfe\x1b"
	p := sit(t, 160, 45)
	bad := fakes.Pod("ns"+evil, "pod"+evil, "node"+evil, "st"+evil)
	bad.IPs = []string{evil}
	s := snapshot(bad)
	s.snapshot.Err = hint.Add(errors.New("err"+evil), "hint"+evil)
	p.m.deps.Cluster = "c" + evil
	check := func(where string) {
		t.Helper()
		for _, r := range ansi.Strip(p.m.View()) {
			if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfffd) {
				t.Errorf("%s: %U is on the screen", where, r)
			}
		}
		if strings.Contains(p.m.View(), "\x1b]") || strings.Contains(p.m.View(), "\x1b[2J") {
			t.Errorf("%s: a sequence came through", where)
		}
	}
	p.tell(s)
	check("home")
	p.press("enter")
	check("error")
	run := state(1, tools.Running)
	run.Pod, run.Argv, run.Err = bad, []string{"t" + evil, evil}, errors.New(evil)
	p.tell(listMsg{tools.List{run}, 1}, startedMsg{id: 1})
	p.comes([]text.Line{{Text: evil}, {Text: evil, Note: true}})
	check("output")
	p.press("esc")
	check("runs line")
	p.press("r")
	check("runs")
}

func TestEveryScreenFitsEverySize(t *testing.T) {
	screens := map[string]func(p *person){
		"home":       func(p *person) {},
		"namespaces": func(p *person) { p.press("tab") },
		"filter":     func(p *person) { p.press("/", "cart") },
		"form":       func(p *person) { p.press("/", "x2lpq", "enter", "enter") },
		"form error": func(p *person) { p.press("/", "x2lpq", "enter", "enter", "tab", " 'x", "enter") },
		"output": func(p *person) {
			p.tell(startedMsg{id: 1})
			c := numbered(1, 500)
			c[490].Text = strings.Repeat("wide 漢字 ", 50)
			p.comes(c)
		},
		"save":  func(p *person) { p.tell(startedMsg{id: 1}); p.press("s") },
		"runs":  func(p *person) { p.press("r") },
		"help":  func(p *person) { p.press("?") },
		"quit":  func(p *person) { p.press("q") },
		"error": func(p *person) { p.press("/", "9kkzw", "enter", "enter") },
	}
	for name, open := range screens {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 28}, {109, 30}, {110, 30}, {160, 45}, {400, 100}} {
			p := sit(t, size[0], size[1])
			p.tell(shop(), listMsg{tools.List{state(1, tools.Running)}, 1})
			open(p)
			lines := strings.Split(p.m.View(), "\n")
			if len(lines) != size[1] {
				t.Errorf("%s at %v: %d lines", name, size, len(lines))
			}
			for _, line := range lines {
				if w := ansi.StringWidth(line); w > size[0] {
					t.Errorf("%s at %v: %d cells: %s", name, size, w, ansi.Strip(line))
				}
			}
		}
	}
}

func TestATerminalThatIsTooSmallIsToldSo(t *testing.T) {
	p := sit(t, 40, 10)
	p.tell(shop())
	p.sees("too small", "60x16", "40x10")
	p.tell(tea.WindowSizeMsg{Width: 80, Height: 24})
	p.sees("cart-cache-0")
	p.tell(tea.WindowSizeMsg{Width: 0, Height: 0})
	if p.m.View() != "" {
		t.Error("something is drawn on nothing")
	}
	p.tell(tickMsg{noon}) // nothing was said of the size for a second: as on a terminal of a hundred years ago
	p.sees("cart-cache-0")
}

func TestTheScreensLookAsTheyWereApproved(t *testing.T) {
	for name, open := range map[string]func(p *person){
		"home":   func(p *person) {},
		"form":   func(p *person) { p.press("/", "x2lpq", "enter", "enter", "down", "down") },
		"output": func(p *person) { p.tell(startedMsg{id: 1}); p.comes(numbered(1, 40)) },
		"runs":   func(p *person) { p.press("r") },
	} {
		for _, size := range [][2]int{{80, 24}, {120, 30}} {
			p := sit(t, size[0], size[1])
			p.tell(shop(), listMsg{tools.List{state(1, tools.Running)}, 1})
			open(p)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.screen())
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	var trimmed []string
	for _, line := range strings.Split(got, "\n") {
		trimmed = append(trimmed, strings.TrimRight(line, " "))
	}
	got = strings.Join(trimmed, "\n") + "\n"
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test ./ui -update writes it anew):\n%s", file, diff)
	}
}
