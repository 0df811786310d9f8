package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/form"
	"github.com/fennec-project/podtracer/ui/pager"
)

// onTop is one of the things that can be on top of the screen, in the ways in which a person can tell them apart: by what is
// drawn, by what the last line offers, by the help, and by what a key does.
type onTop struct {
	name  string
	open  func(*person)
	drawn string             // only it draws this
	hint  string             // in the last line
	help  string             // the title of its help
	key   string             // does something that only it does
	done  func(*person) bool // it was done
}

// allOnTop are all of them, in the order in which they cover each other.
func allOnTop() []onTop {
	run := func(id tools.RunID) func(*person) {
		return func(p *person) { p.do(p.m.watch(id)); p.settle() }
	}
	packets := func(p *person) {
		run(captureRun)(p)
		p.m.turnTo(asPackets)
		p.settle()
	}
	form := func(p *person) {
		p.m.screen = home
		p.m.pods.Search("x2lpq")
		p.m.choose()
	}
	return []onTop{
		{"help", func(p *person) { p.m.helping = true }, "┌─ help: ", "close", "", "esc", func(p *person) bool { return !p.m.helping }},
		{"quit", func(p *person) { p.m.quit() }, "┌─ quit ", "y quit", "quit?", "n", func(p *person) bool { return !p.m.leaving }},
		{"stop", func(p *person) { p.m.stopping = []tools.RunID{2, 4} }, "┌─ stop ", "y stop them", "stop several runs?", "n", func(p *person) bool { return p.m.stopping == nil }},
		{"detach", func(p *person) {
			r := state(captureRun, tools.Running)
			r.Remote = true
			p.do(p.m.openDetach(r))
		}, "┌─ detach ", "enter detach it", "detach a run", "Z", func(p *person) bool { return strings.HasSuffix(p.m.handing.Typed(), "Z") }},
		{"save", func(p *person) { p.do(p.m.openSave(state(captureRun, tools.Running))) }, "┌─ save the packets ", "enter save", "save", "Z", func(p *person) bool { return strings.HasSuffix(p.m.save.Path(), "Z") }},
		{"contexts", func(p *person) { p.m.screen = home; p.m.takeContexts(contextsMsg{[]string{"kind"}, true}) }, "┌─ contexts ", "enter go there", "contexts", "Z", func(p *person) bool { return strings.Contains(p.screen(), "type to narrow Z") }},
		{"search", func(p *person) { p.m.screen = home; p.m.openSearch(); p.m.pods.Search("h") }, "/ h", "type to search", "search for pods", "Z", func(p *person) bool { return strings.Contains(p.screen(), " / hZ") }},
		{"presets", func(p *person) { form(p); p.m.form.Key(pressed("p")) }, "┌─ presets by symptom ", "enter take it  ↑↓ preset", "presets", "Z", func(p *person) bool { return strings.Contains(p.screen(), "type to narrow Z") }},
		{"history", func(p *person) { form(p); p.m.form.Key(tea.KeyMsg{Type: tea.KeyCtrlR}) }, "┌─ commands that were started", "type to narrow  esc back", "commands that were started", "Z", func(p *person) bool { return strings.Contains(p.screen(), "type to narrow Z") }},
		{"arguments", func(p *person) { form(p); p.m.form.Key(tea.KeyMsg{Type: tea.KeyTab}) }, "run in shop/", "enter run", "a tool", "Z", func(p *person) bool { return strings.Contains(p.screen(), " -i eth0 -nZ") }},
		{"form", form, "run in shop/", "enter run", "a tool", "down", func(p *person) bool { return strings.Contains(p.screen(), "▸ tshark") }},
		{"prompt", func(p *person) {
			run(pingRun)(p)
			p.m.output.pager.Key(pressed("/"))
			p.m.output.pager.KeyTyped(pressed("q"), noon)
		}, " / search q", "a regular expression", "what is typed", "Z", func(p *person) bool { return strings.Contains(p.m.output.pager.Bar(p.m.styles, 120)[0], "qZ") }},
		{"packet filter", func(p *person) { packets(p); p.m.output.packets.Key(pressed("/")) }, "/ packets with", "words of address", "what is typed", "Z", func(p *person) bool { return strings.Contains(p.m.output.packets.Bar(p.m.styles)[0], "Z") }},
		{"selection", func(p *person) { run(pingRun)(p); p.m.output.pager.Key(pressed("c")) }, "line chosen", "choose more", "lines to copy", "esc", func(p *person) bool { return !p.m.output.pager.Selecting() }},
		{"packet", func(p *person) {
			packets(p)
			p.do(first(p.m.output.packets.Key(tea.KeyMsg{Type: tea.KeyEnter})))
			p.settle()
		}, "Ethernet", "↑↓ field", "a packet", "esc", func(p *person) bool { return !p.m.output.packets.IsOpen() }},
		{"packets", packets, "▸packets", "enter open", "packets", "/", func(p *person) bool { return p.m.output.packets.Typing() }},
		{"talkers", func(p *person) { packets(p); p.m.turn(tea.KeyMsg{Type: tea.KeyTab}); p.settle() }, "▸talkers", "enter its packets", "talkers", "O", func(p *person) bool { return strings.Contains(p.m.output.talkers.Position(), "reversed") }},
		{"whole terminal", run(shellRun), "has the whole terminal", "enter go to it", "a tool with the whole terminal", "enter", func(p *person) bool { return len(p.sat) == 1 }},
		{"run", run(pingRun), "ping db", "s save", "a run", "t", func(p *person) bool { return timed(&p.m.output.pager) }},
		{"split", func(p *person) { p.do(p.m.openSet(1)); p.settle() }, "tcpdump in 3 pods", "x stop all", "runs side by side, or a set as one", "t", func(p *person) bool { return timed(&p.m.split.focused().pager) }},
		{"runs", func(p *person) { p.m.list() }, "┌─ runs ", "enter watch", "runs", "down", func(p *person) bool { return p.m.runs.Cursor == 1 }},
		{"home", func(p *person) { p.m.screen = home }, "┌─ pods ", "enter run", "pods", "*", func(p *person) bool { return p.m.notice.Text != "" }},
	}
}

// Runs of each kind.
const (
	captureRun tools.RunID = 6
	pingRun    tools.RunID = 7
	shellRun   tools.RunID = 5
)

// beforeAll sits down where each of them can be opened.
func beforeAll(t *testing.T) *person {
	t.Helper()
	p := sitWith(t, 120, 40, Deps{Detached: anywhere{}})
	p.text = together()
	p.packets.Add(fakes.Traffic(70)...)
	p.packets.Talkers, p.packets.Version = fakes.Talking(), 1
	list := fleet()
	capture, ping := busy(), state(pingRun, tools.Running)
	capture.ID = captureRun
	ping.Capture, ping.Argv = false, []string{"ping", "db"}
	list.list = append(list.list, capture, ping)
	p.tell(shop(), list)
	return p
}

func pressed(letter string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(letter)} }

// timed says whether times stand before the lines of a text.
func timed(p *pager.Pager) bool { return strings.Contains(p.Positions()[0], "time: ") }

func first(cmd tea.Cmd, _ bool) tea.Cmd { return cmd }

// settle answers what the console asked for.
func (p *person) settle() { p.tell(tea.WindowSizeMsg{Width: 120, Height: 40}) }

// what is the first of them that is drawn.
func (p *person) what(all []onTop) onTop {
	p.t.Helper()
	screen := p.screen()
	for _, o := range all {
		if o.name == "arguments" && p.m.form.At() != form.AtText { // the form looks the same but for the cursor
			continue
		}
		if strings.Contains(screen, o.drawn) {
			return o
		}
	}
	p.t.Fatalf("nothing of them is drawn:\n%s", screen)
	return onTop{}
}

func (p *person) lastLine() string {
	lines := strings.Split(p.screen(), "\n")
	return lines[len(lines)-1]
}

// For any layer above any other: the layer that is drawn on top takes the key, and the hint and the help are its own.
func TestOfAllPairsWhatIsDrawnOnTopTakesTheKeyAndGivesHintAndHelp(t *testing.T) {
	all := allOnTop()
	for _, first := range all {
		for _, second := range all {
			open := func() *person {
				p := beforeAll(t)
				first.open(p)
				second.open(p)
				p.settle()
				return p
			}
			p := open()
			top := p.what(all)
			if line := p.lastLine(); !strings.Contains(line, top.hint) {
				t.Errorf("%s, then %s: %s is drawn on top, and the last line is %q", first.name, second.name, top.name, line)
			}
			if top.help != "" {
				p.tell(f1())
				p.sees("┌─ help: " + top.help)
				p = open()
			}
			if p.press(top.key); !top.done(p) {
				t.Errorf("%s, then %s: %s is drawn on top, and does not take %q:\n%s", first.name, second.name, top.name, top.key, p.screen())
			}
		}
	}
}

func TestTheQuestionBeforeStoppingAnswersNoOtherQuestion(t *testing.T) {
	p := sitBefore(t, 80, 24)
	p.press("down", "x")
	p.sees("Stop tcpdump in 2 pods?")
	p.press("ctrl+c")
	p.sees("Stop them and quit?", "not saved")
	p.seesNot("Stop tcpdump in 2 pods?")
	p.press("n")
	p.sees("Stop tcpdump in 2 pods?", "y stop them")
	p.press("y")
	if p.quit || len(p.stopped) != 2 {
		t.Errorf("quit %v, stopped %v", p.quit, p.stopped)
	}
}

// The wheel moves what is visible, not what is hidden behind it.
func TestTheWheelMovesWhatIsOnTop(t *testing.T) {
	wheel := tea.MouseMsg{Button: tea.MouseButtonWheelDown}
	for _, o := range allOnTop() {
		if o.name != "packets" && o.name != "talkers" {
			continue
		}
		p := beforeAll(t)
		o.open(p)
		p.press("g")
		before, hidden := p.screen(), p.m.output.pager.Positions()[0]
		p.tell(wheel)
		if p.screen() == before || p.m.output.pager.Positions()[0] != hidden {
			t.Errorf("%s: the wheel moves something else:\n%s", o.name, p.screen())
		}
	}
}
