package ui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/fennec-project/podtracer/tools"
	"github.com/fennec-project/podtracer/tools/text"
	"github.com/fennec-project/podtracer/ui/cells"
	"github.com/fennec-project/podtracer/ui/fakes"
	"github.com/fennec-project/podtracer/ui/keys"
	"github.com/fennec-project/podtracer/ui/margin"
)

// situation is a screen in some state, in which the last line names keys.
type situation struct {
	name string
	open func(t *testing.T, width, height int) *person
}

// situations are all layers, each in the states in which other keys work there.
func situations() []situation {
	var all []situation
	add := func(name string, open func(*testing.T, int, int) *person) { all = append(all, situation{name, open}) }
	press := func(name string, open func(*testing.T, int, int) *person, names ...string) {
		add(name, func(t *testing.T, width, height int) *person {
			p := open(t, width, height)
			p.press(names...)
			return p
		})
	}
	home := openHome()
	press("pods", home, "/", "x2lpq", "enter")
	press("pods, one of another node", home, "/", "9kkzw", "enter")
	press("pods, one that has ended", home, "/", "migrate", "enter")
	press("pods, two marked", home, "G", "k", "k", "k", "k", " ", " ")
	press("pods, none found", home, "/", "nothing", "enter")
	press("namespaces", home, "tab")
	press("details", home, "i", "tab", "tab")
	press("details alone", home, "i")
	add("no pods", func(t *testing.T, width, height int) *person { return sit(t, width, height) })
	press("search", home, "/")
	press("search that finds one", home, "/", "x2lpq")
	press("search that finds nothing", home, "/", "nothing")
	press("contexts", home, "c")
	press("contexts, one", home, "c", "u", "s")
	press("contexts, none", home, "c", "nothing of this")
	add("pods, other contexts", func(t *testing.T, width, height int) *person {
		p := openHome()(t, width, height)
		p.tell(contextsMsg{names: []string{"kind"}})
		return p
	})
	situationsOfTheForm(press)
	situationsOfRuns(add, press)
	return all
}

type presser func(name string, open func(*testing.T, int, int) *person, names ...string)

func situationsOfTheForm(press presser) {
	form := openHome("/", "x2lpq", "enter", "enter")
	for tabs := range 10 {
		press(fmt.Sprintf("form, %d tabs", tabs), form, strings.Fields(strings.Repeat("tab ", tabs))...)
	}
	press("form, of ss", form, "down", "down")
	press("form, a blank", form, "ctrl+p", "round-trip", "enter")
	press("form, two blanks", form, "ctrl+p", "icmp is filtered", "enter")
	press("form, the second of two blanks", form, "ctrl+p", "icmp is filtered", "enter", "tab")
	press("form, any command, nothing typed", form, "G")
	press("form, any command", form, "G", "ip -s link")
	press("form, any command, among the tools", form, "G", "ip -s link", "shift+tab")
	press("form, an open quote", form, "tab", "'open")
	press("form, a field that cannot be read", form, "tab", "tab", "soon")
	press("form, a ring with what needs one", form, "shift+tab", "shift+tab", "10s")
	press("form, the list of what can follow", form, "tab", " -", "ctrl+n")
	press("form, one that can follow", form, "tab", " -i a", "ctrl+n")
	press("presets", form, "ctrl+p")
	press("presets, one", form, "ctrl+p", "round-trip")
	press("presets, none", form, "ctrl+p", "nothing of this")
	press("presets, for two pods", form, "ctrl+p", "bandwidth marked")
	press("history, nothing started", form, "ctrl+r")
	press("history, one", form, "enter", "ctrl+r")
	press("history, two", form, "enter", "esc", "enter", "down", "down", "enter", "esc", "enter", "ctrl+r")
	press("form, being started", form, "enter")
}

func situationsOfRuns(add func(string, func(*testing.T, int, int) *person), press presser) {
	frozen := recorder()
	frozen.Frozen = "a line matched"
	ping := busy()
	ping.Capture, ping.Argv = false, []string{"ping", "db"}
	stopping := busy()
	stopping.Phase = tools.Stopping
	starting := busy()
	starting.Phase, starting.Began = tools.Starting, starting.Ended
	for name, s := range map[string]tools.State{
		"a capture": busy(), "a capture that has ended": ended(busy()), "a ring": recorder(), "a frozen ring": frozen, "no capture": ping,
		"no capture, ended": ended(ping), "one that is being stopped": stopping, "one that starts": starting,
		"a whole terminal": shell(1, tools.Running), "a whole terminal, ended": shell(1, tools.Ended),
	} {
		run := func(t *testing.T, width, height int) *person {
			p := before(t, width, height, s)
			p.m.known = fakes.ShopNames
			p.comes(longLines())
			return p
		}
		press(name, run)
		press(name+", without a line", func(t *testing.T, width, height int) *person { return before(t, width, height, s) })
		press(name+", in the list", run, "r")
		press(name+", leaving", run, "q")
		press(name+", leaving from the list", run, "r", "q")
		press(name+", saving", run, "s")
		press(name+", saving without a name", run, "s", "ctrl+u")
		press(name+", being saved", run, "s", "enter")
		press(name+", help", run, "?")
		if s.Whole {
			continue
		}
		press(name+", paused", run, "k")
		press(name+", no match", run, "/", "nothing", "enter")
		press(name+", nothing passes", run, "&", "nothing", "enter")
		if name != "a capture" && name != "no capture, ended" {
			continue
		}
		for _, prompt := range []string{"/", "&", "!", "H", "@"} {
			press(name+", typing "+prompt, run, prompt)
			press(name+", typed "+prompt, run, prompt, "line")
			press(name+", typed wrongly "+prompt, run, prompt, "(")
			press(name+", held "+prompt, run, prompt, "line", "enter")
		}
		press(name+", a time", run, "@", "+30s")
		press(name+", one match", run, "/", "line 7 ", "enter")
		press(name+", choosing", run, "c")
		press(name+", choosing one of one", run, "&", "line 7 ", "enter", "c")
		press(name+", search and filter", run, "&", "line", "enter", "/", "line", "enter")
	}
	situationsOfPackets(press, "a capture", busy())
	situationsOfPackets(press, "a capture that has ended", ended(busy()))
	situationsOfPackets(press, "a ring", recorder())
	all := func(t *testing.T, width, height int) *person { return sitBefore(t, width, height) }
	for rows := range 6 {
		press(fmt.Sprintf("list, row %d", rows), all, strings.Fields(strings.Repeat("down ", rows))...)
	}
	press("list, one marked", all, "down", "down", " ")
	press("set", all, "down", "enter")
	press("set, filtered", all, "down", "enter", "&", "seq", "enter")
	press("set, searched", all, "down", "enter", "/", "seq", "enter")
	press("set, choosing", all, "down", "enter", "c")
	press("stopping", all, "down", "x")
	press("a run on another node", openElsewhere())
	press("detaching", openElsewhere("d"))
	press("runs, a detached one", openElsewhere("r", "G"))
	press("two", all, "down", "down", "v")
	press("two, the other", all, "down", "down", "v", "tab")
	press("two, searched", all, "down", "down", "v", "/", "seq", "enter")
	add("set that has ended", func(t *testing.T, width, height int) *person {
		p := sit(t, width, height)
		p.text = together()
		p.tell(shop(), listMsg{tools.List{member(1, "a", tools.Ended), member(2, "b", tools.Ended)}, 1})
		p.press("r", "enter")
		return p
	})
	press("list, nothing run", openHome(), "r")
	press("help that is short", openHome(), "r", "q", "?")
}

func situationsOfPackets(press presser, name string, s tools.State) {
	some := func(n int) func(*testing.T, int, int) *person {
		return func(t *testing.T, width, height int) *person {
			p := before(t, width, height, s)
			p.m.known = fakes.ShopNames
			p.packets.Talkers, p.packets.Version = fakes.Talking(), 1
			p.press("tab")
			p.packetsCome(fakes.Traffic(n)...)
			return p
		}
	}
	for n, many := range map[int]string{0: "none", 1: "one", 70: "many"} {
		packets := some(n)
		press(name+", packets, "+many, packets)
		press(name+", packets paused, "+many, packets, "k")
		press(name+", packets, typing, "+many, packets, "/")
		press(name+", packets, typed wrongly, "+many, packets, "/", "tcp.port==8080")
		press(name+", packets filtered, "+many, packets, "/", "dns", "enter")
		press(name+", packets filtered by nothing, "+many, packets, "/", "nothing", "enter")
		press(name+", packet, "+many, packets, "enter")
		press(name+", packet, at the end, "+many, packets, "G", "enter", "G")
		press(name+", packet of a filter, "+many, packets, "/", "get", "enter", "enter")
		press(name+", talkers, "+many, packets, "tab")
	}
	press(name+", nobody talks", func(t *testing.T, width, height int) *person { return before(t, width, height, s) }, "tab", "tab")
}

// longLines are lines that are wider than the screen, with an address.
func longLines() []text.Line {
	lines := numbered(1, 60)
	for i := range lines {
		lines[i].Text += " 10.0.0.1 " + strings.Repeat("x", 200)
		lines[i].Time = noon
	}
	return lines
}

// all is what a person can notice: the drawing without notices and the last line, and what was asked of the world.
func (p *person) all() string {
	said, failed := p.m.notice, p.m.failed
	p.m.notice, p.m.failed = margin.Note(""), nil
	lines := strings.Split(p.screen(), "\n")
	p.m.notice, p.m.failed = said, failed
	return fmt.Sprint(strings.Join(lines[:len(lines)-1], "\n"), p.m.top().name, p.m.naming, p.m.panes.Focused(), p.m.form.At(), len(p.started), len(p.startedSet), len(p.startedWhole), len(p.pairs), len(p.stopped),
		len(p.frozen), len(p.copied), len(p.saved), len(p.sat), len(p.allSaved), len(p.attached), len(p.handed), p.quit, p.reading())
}

// reading is how a text, or packets, are looked at, even where there is no room to show it.
func (p *person) reading() (out []string) {
	for _, pager := range p.m.pagers() {
		out = append(out, pager.Positions()[0])
	}
	return append(out, p.m.output.packets.Position(), p.m.output.talkers.Position())
}

// press1 is one key by the name that Bubble Tea has for it.
func press1(name string) tea.KeyMsg {
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return fakes.Keys(name)[0]
}

// Each key that the last line names does something there, now: something is drawn, or done, beside a notice or a refusal.
func TestEveryKeyThatTheLastLineNamesDoesSomething(t *testing.T) {
	named := map[string]bool{}
	for _, s := range situations() {
		pressed := map[string]bool{} // a key does the same at each size, but where panes come and go with it
		for _, size := range [][2]int{{160, 45}, {120, 35}, {80, 24}, {60, 16}} {
			first := s.open(t, size[0], size[1])
			if first.quit {
				continue
			}
			named[first.m.top().name] = true
			line, offers := first.lastLine(), first.m.offers()
			if strings.TrimRight(line, " ") != strings.TrimRight(" "+margin.Bar(offers), " ") || cells.Width(line) > size[0] {
				t.Errorf("%s at %v: the last line is %q", s.name, size, line)
			}
			for _, o := range offers {
				if pressed[o.String()] && first.m.screen != home {
					continue
				}
				pressed[o.String()] = true
				for _, binding := range o.Keys {
					if !worksThere(t, s, size, binding.Keys()) {
						t.Errorf("%s at %v: %q is offered, and does nothing:\n%s", s.name, size, o, first.screen())
					}
				}
			}
		}
	}
	for _, l := range allLayers() {
		if !named[l.name] {
			t.Errorf("no situation has %s on top", l.name)
		}
	}
}

// worksThere presses some keys that mean the same, or the two directions of one, each in a situation of its own.
func worksThere(t *testing.T, s situation, size [2]int, names []string) bool {
	t.Helper()
	for _, name := range names {
		p := s.open(t, size[0], size[1])
		before := p.all()
		p.tell(press1(name))
		if p.all() != before {
			return true
		}
	}
	return false
}

// What the last line has no room for is left out as a whole, the help and the way back last.
func TestNothingInTheLastLineIsCut(t *testing.T) {
	for _, s := range situations() {
		p := s.open(t, 60, 16)
		all, shown := p.m.top().hint(p.m), p.m.offers()
		if strings.HasSuffix(strings.TrimSpace(p.lastLine()), "…") {
			t.Errorf("%s: %q", s.name, p.lastLine())
		}
		for _, o := range all {
			if margin.Lasting(o) && !o.Has(keys.Quit) && !strings.Contains(margin.Bar(shown), o.String()) {
				t.Errorf("%s: %q is not in %q", s.name, o, margin.Bar(shown))
			}
		}
	}
}

// Where letters are typed, no letter is offered as a key: it would be typed.
func TestNoLetterIsOfferedWhereLettersAreTyped(t *testing.T) {
	for _, s := range situations() {
		p := s.open(t, 160, 45)
		if p.m.top().claim != typing {
			continue
		}
		for _, o := range p.m.top().hint(p.m) {
			for _, binding := range o.Keys {
				for _, name := range binding.Keys() {
					if len([]rune(name)) == 1 && name != " " {
						t.Errorf("%s: %q is offered, and would be typed", s.name, o)
					}
				}
			}
		}
	}
}
